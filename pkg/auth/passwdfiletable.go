package auth

import (
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/files"
	"tpops/pkg/password"
)

// Problem is something in a file that is not as its writer will have wanted
// it, but keeps only the users of that line out.
type Problem struct {
	File string
	Line int // from 1
	Text string
}

// String returns the problem as compilers do.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// passwdTable is a passwd-file as it was at one moment. It never changes.
type passwdTable struct {
	stamp    files.Stamp
	rows     map[string]*userRow
	usable   []*userRow // those with a password to compare, in the file's order
	ways     tableWays
	problems []Problem
	doubts   []Problem // lines that count, and are worth a look
}

// parseLine reads a line that is neither blank nor a comment. An error means
// that there is no user at all.
type parseLine func(line string) (*userRow, error)

// parsePasswdFile reads all rows. Of several rows of one login the first
// counts, as in Dovecot.
func parsePasswdFile(file, text string, parse parseLine) *passwdTable {
	t := &passwdTable{rows: make(map[string]*userRow, strings.Count(text, "\n")+1)}
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
		if err := t.add(fmt.Sprintf("%s:%d", file, number), line, parse); err != nil && !errors.Is(err, errClosed) {
			t.problems = append(t.problems, Problem{file, number, err.Error()})
		}
	}
	return t
}

// add takes in the row of the line at the place where, and returns what is wrong
// with it. A login that is refused for it names the place.
func (t *passwdTable) add(where, line string, parse parseLine) error {
	row, err := parse(line)
	if err != nil {
		return err
	}
	name := row.account.Name
	if t.rows[name] != nil {
		return fmt.Errorf("%q again: only its first line counts", name)
	}
	t.rows[name] = row
	if row.usable {
		t.usable = append(t.usable, row)
	}
	t.ways.count(row)
	if row.refused != nil {
		problem := fmt.Errorf("%q cannot log in: %w", name, row.refused)
		row.refused = fmt.Errorf("%s: %w", where, row.refused)
		return problem
	}
	return nil
}

// password returns what to compare a password for login with. For those who
// are not there, or have no password, it is that of another row, for the same
// login always the same one: what it costs must tell no more about an unknown
// login than about a known one.
func (t *passwdTable) password(v *password.Verifier, login string) password.Stored {
	if row := t.rows[login]; row != nil && row.usable {
		return row.password
	}
	if len(t.usable) == 0 {
		return password.Decoy()
	}
	return t.usable[v.Pick(login, len(t.usable))].password
}
