package passwdfile

import (
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/auth"
	"tpops/pkg/files"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// Problem is an invalid line of a file. Only the user of that line cannot log in.
type Problem struct {
	File string
	Line int // from 1
	Text string
}

// String returns the problem in the form file:line: text.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// table contains the rows of a passwd-file. It never changes.
type table struct {
	stamp    files.Stamp
	rows     map[string]*auth.Row
	usable   []*auth.Row // rows with a usable password, in the order of the file
	ways     tableWays
	problems []Problem
	doubts   []Problem // lines that are accepted, but may be incomplete
}

// parseLine reads a line that is neither blank nor a comment. An error means
// that there is no user at all.
type parseLine func(line string) (*auth.Row, error)

// parseTable reads all rows. Of several rows of one login the first
// counts, as in Dovecot.
func parseTable(file, text string, parse parseLine) *table {
	t := &table{
		rows: make(map[string]*auth.Row, strings.Count(text, "\n")+1),
		ways: tableWays{scram: map[scram.Hash][]*auth.Row{}},
	}
	number := 0
	for line := range strings.Lines(strings.TrimPrefix(text, files.ByteOrderMark)) {
		number++
		line, whole := strings.CutSuffix(line, "\n")
		if !whole {
			t.doubts = append(t.doubts, Problem{file, number, errUnfinished.Error()})
		}
		line = strings.TrimSuffix(line, "\r")
		if strings.TrimSpace(line) == "" || line[0] == '#' {
			continue
		}
		if err := t.add(fmt.Sprintf("%s:%d", file, number), line, parse); err != nil && !errors.Is(err, auth.ErrClosed) {
			t.problems = append(t.problems, Problem{file, number, err.Error()})
		}
	}
	return t
}

// add adds the row of the line, and returns why it is invalid. where is file and line,
// for the error of a rejected login.
func (t *table) add(where, line string, parse parseLine) error {
	row, err := parse(line)
	if err != nil {
		return err
	}
	name := row.Account.Name
	if t.rows[name] != nil {
		return fmt.Errorf("%q occurs again: only its first line counts", name)
	}
	t.rows[name] = row
	if row.Usable {
		t.usable = append(t.usable, row)
	}
	t.ways.count(row)
	if row.Refused != nil {
		problem := fmt.Errorf("%q cannot log in: %w", name, row.Refused)
		row.Refused = fmt.Errorf("%s: %w", where, row.Refused)
		return problem
	}
	return nil
}

// password returns the stored password to compare with. For a login that does not exist
// or has no password it is that of another row, always the same one for the same login:
// a client must not see from the time of the reply whether a login exists.
func (t *table) password(v *password.Verifier, login string) password.Stored {
	if row := t.rows[login]; row != nil && row.Usable {
		return row.Password
	}
	if len(t.usable) == 0 {
		return password.Decoy()
	}
	return t.usable[v.Pick(login, len(t.usable))].Password
}
