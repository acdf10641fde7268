package auth

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"
)

// ErrMaildrop is wrapped by the errors of MaildropPath.
var ErrMaildrop = errors.New("maildrop")

// MaildropPath returns the absolute, cleaned path of a Maildir: mail itself if it is
// absolute, otherwise mail below home.
//
// The parts come from rows that other programs write. A mistake could give a user the
// mail of another. So it rejects, instead of correcting, an empty path, control
// characters, any ".." (Clean would resolve it wrongly if home is a symbolic link), and
// a relative path without an absolute home. The error wraps ErrMaildrop.
func MaildropPath(home, mail string) (string, error) {
	if mail == "" {
		return "", fmt.Errorf("%w: no path", ErrMaildrop)
	}
	path := mail
	if !filepath.IsAbs(mail) {
		if !filepath.IsAbs(home) {
			return "", fmt.Errorf("%w: %q is relative and the home %q is not absolute", ErrMaildrop, mail, home)
		}
		path = home + "/" + mail
	}
	if strings.ContainsFunc(path, isControl) {
		return "", fmt.Errorf("%w: %q has control characters", ErrMaildrop, path)
	}
	for name := range strings.SplitSeq(path, "/") {
		if name == ".." {
			return "", fmt.Errorf("%w: %q has a \"..\"", ErrMaildrop, path)
		}
	}
	return filepath.Clean(path), nil
}

// isControl reports whether r is a control octet of ASCII, NUL among them.
func isControl(r rune) bool { return r < 0x20 || r == 0x7F }
