package passwdfile

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// maxLine is the longest line of a passwd-file that is read, in octets.
const maxLine = 64 << 10

// fields are the fields of a line of a passwd-file, split at its first six colons. A
// missing field is empty.
type fields struct {
	login, password, uid, gid, gecos, home string
	rest                                   string // shell and extra fields
}

func cutLine(line string) fields {
	var f fields
	for _, field := range []*string{&f.login, &f.password, &f.uid, &f.gid, &f.gecos, &f.home} {
		*field, line, _ = strings.Cut(line, ":")
	}
	f.rest = line
	return f
}

// parseRow reads a line that is neither blank nor a comment. maildir is the Maildir,
// below the home, of a row that does not name its own. An error means that the line has
// no user. Other mistakes are in Row.Refused.
func parseRow(line, maildir string) (*auth.Row, error) {
	f := cutLine(line[:min(len(line), maxLine)])
	if err := auth.CheckLogin(f.login); err != nil {
		return nil, err
	}
	row := auth.NewRow(f.login)
	// As in Dovecot, a password without a scheme is one of crypt(3).
	if row.Refused = row.SetPassword(password.Parse(f.password, "CRYPT")); row.Refused != nil {
		return row, nil
	}
	if row.Refused = locate(row, f, maildir); len(line) > maxLine {
		row.Refused = fmt.Errorf("line is longer than %d octets", maxLine)
	}
	return row, nil
}

// locate reads the location of the mailbox, its owner and the restrictions of the user.
// Extra fields override the fields with the same names.
func locate(row *auth.Row, f fields, maildir string) error {
	extra, err := parseExtra(cutShell(f.rest), f.login)
	if err != nil {
		return err
	}
	if extra.popServer != "" {
		return errors.New("pop-server has an effect only with mailbox-type = proxy")
	}
	if err := row.Apply(extra.settings); err != nil {
		return err
	}
	home := f.home
	if extra.home != "" {
		if home, err = expandPath(extra.home, f.login, f.home); err != nil {
			return err
		}
	}
	path, err := extra.path(f.login, home)
	if err != nil {
		return err
	}
	return row.SetMaildrop(home, cmp.Or(path, maildir), cmp.Or(extra.uid, f.uid), cmp.Or(extra.gid, f.gid))
}
