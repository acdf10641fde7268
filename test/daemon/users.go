package daemon

import (
	"fmt"
	"os"
	"strings"
)

// User is a line of a passwd-file.
type User struct {
	Login    string
	Password string // as stored, with its scheme
	Maildir  string
}

// WriteUsers writes a passwd-file.
func WriteUsers(file string, users ...User) error {
	var text strings.Builder
	for _, u := range users {
		fmt.Fprintf(&text, "%s:%s:::::userdb_mail=maildir:%s\n", u.Login, u.Password, u.Maildir)
	}
	return os.WriteFile(file, []byte(text.String()), 0o600)
}
