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

// fields is one line of a passwd-file, cut at its first six colons.
// Fields that are not there are empty.
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

// parseRow reads a line that is neither blank nor a comment. maildir is
// where the Maildir of a row is that does not say it, below the home. An error
// means that there is no user at all; what is wrong otherwise is in refused.
func parseRow(line, maildir string) (*auth.Row, error) {
	f := cutLine(line[:min(len(line), maxLine)])
	if err := auth.CheckLogin(f.login); err != nil {
		return nil, err
	}
	row := auth.NewRow(f.login)
	// As in Dovecot a password is of crypt(3) if it does not name its scheme.
	if row.Refused = row.SetPassword(password.Parse(f.password, "CRYPT")); row.Refused != nil {
		return row, nil
	}
	if row.Refused = locate(row, f, maildir); len(line) > maxLine {
		row.Refused = fmt.Errorf("line is longer than %d octets", maxLine)
	}
	return row, nil
}

// locate reads everything that says where the mail is, whose, and how it may be
// read. What the
// extra fields say comes before the fields of the same names.
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
