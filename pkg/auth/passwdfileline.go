package auth

import (
	"cmp"
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/password"
)

// maxPasswdLine is the longest line of a passwd-file that is read, in octets.
const maxPasswdLine = 64 << 10

// passwdFields is one line of a passwd-file, cut at its first six colons.
// Fields that are not there are empty.
type passwdFields struct {
	login, password, uid, gid, gecos, home string
	rest                                   string // shell and extra fields
}

func cutPasswdLine(line string) passwdFields {
	var f passwdFields
	for _, field := range []*string{&f.login, &f.password, &f.uid, &f.gid, &f.gecos, &f.home} {
		*field, line, _ = strings.Cut(line, ":")
	}
	f.rest = line
	return f
}

// parsePasswdLine reads a line that is neither blank nor a comment. maildir is
// where the Maildir of a row is that does not say it, below the home. An error
// means that there is no user at all; what is wrong otherwise is in refused.
func parsePasswdLine(line, maildir string) (*userRow, error) {
	f := cutPasswdLine(line[:min(len(line), maxPasswdLine)])
	if err := checkLogin(f.login); err != nil {
		return nil, err
	}
	row := newUserRow(f.login)
	// As in Dovecot a password is of crypt(3) if it does not name its scheme.
	if row.refused = row.setPassword(password.Parse(f.password, "CRYPT")); row.refused != nil {
		return row, nil
	}
	if row.refused = row.locate(f, maildir); len(line) > maxPasswdLine {
		row.refused = fmt.Errorf("line is longer than %d octets", maxPasswdLine)
	}
	return row, nil
}

// locate reads everything that says where the mail is, whose, and how it may be
// read. What the
// extra fields say comes before the fields of the same names.
func (row *userRow) locate(f passwdFields, maildir string) error {
	extra, err := parseExtra(cutShell(f.rest), f.login)
	if err != nil {
		return err
	}
	if extra.popServer != "" {
		return errors.New("pop-server has an effect only with mailbox-type = proxy")
	}
	if err := apply(&row.account, extra.said); err != nil {
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
	return row.setMaildrop(home, cmp.Or(path, maildir), cmp.Or(extra.uid, f.uid), cmp.Or(extra.gid, f.gid))
}
