package pop3

import (
	"errors"
	"strings"
)

// SameName reports whether two login names are the same octets, except for the
// case of ASCII letters. It is the comparison for names that were proven without
// a password of the row: databases often compare more loosely, so that an
// accented letter or a trailing space would find another user.
func SameName(a, b string) bool {
	return lowerASCII(a) == lowerASCII(b)
}

func lowerASCII(name string) string {
	octets := []byte(name)
	for i, c := range octets {
		if c >= 'A' && c <= 'Z' {
			octets[i] = c + 'a' - 'A'
		}
	}
	return string(octets)
}

// Names is how the login names of clients become those that are looked up, counted and
// logged. The zero Names changes nothing. Goroutines may share it.
type Names struct {
	// Domain is appended to a name without any of @ % +. It includes its separator if it
	// does not begin with a letter or digit. "": none.
	Domain string
	// Lower makes ASCII letters small, also those of the domain.
	Lower bool
}

// Of returns the login name for that of a client.
func (n Names) Of(login string) string {
	switch {
	case n.Domain == "" || strings.ContainsAny(login, "@%+"):
	case isAlphanumeric(n.Domain[0]):
		login += "@" + n.Domain
	default:
		login += n.Domain
	}
	if n.Lower {
		return lowerASCII(login)
	}
	return login
}

// IsPlainName reports whether a login name consists of printable ASCII without
// spaces.
func IsPlainName(name string) bool {
	return name != "" && !strings.ContainsFunc(name, func(r rune) bool { return r <= ' ' || r >= 0x7F })
}

// UserError is an error about a user whom the database has found under Name,
// which may differ from the name that the client sent. It reads like Err.
type UserError struct {
	Name string // login name as the user database spells it
	Err  error
}

// Error returns the text of Err.
func (e *UserError) Error() string { return e.Err.Error() }

// Unwrap returns Err.
func (e *UserError) Unwrap() error { return e.Err }

// rowName returns the login name of the row that a check of login has found, or
// login if it has found none.
func rowName(login string, account *Account, err error) string {
	var found *UserError
	switch {
	case account != nil && account.Name != "":
		return account.Name
	case errors.As(err, &found) && found.Name != "":
		return found.Name
	}
	return login
}
