package passwdfile

import (
	"fmt"

	"tpops/pkg/auth"
	"tpops/pkg/password"
)

// parseProxyRow reads a line of a passwd-file for a mailbox on another server.
// An error means that the line has no user.
func parseProxyRow(line string) (*auth.Row, error) {
	f := cutLine(line[:min(len(line), maxLine)])
	if err := auth.CheckLogin(f.login); err != nil {
		return nil, err
	}
	row := auth.NewRow(f.login)
	extra, err := parseExtra(cutShell(f.rest), f.login)
	if err == nil {
		err = row.Apply(extra.settings)
	}
	row.Account.PopServer, row.Refused = extra.popServer, err
	if len(line) > maxLine {
		row.Refused = fmt.Errorf("line is longer than %d octets", maxLine)
	}
	stored, _ := password.Parse(f.password, "CRYPT") // What cannot be read closes nothing.
	row.CloseIfLocked(stored)
	return row, nil
}
