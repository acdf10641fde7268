package passwdfile

import (
	"fmt"

	"tpops/pkg/auth"
	"tpops/pkg/files"
	"tpops/pkg/password"
)

// Problem is an invalid line of a file. Only the user of that line cannot log in.
type Problem struct {
	File string
	Line int // from 1
	Text string
}

// String returns the problem in the form file:line: text.
func (p Problem) String() string { return fmt.Sprintf("%s:%d: %s", p.File, p.Line, p.Text) }

// table contains the rows of a passwd-file. It never changes. A row is parsed when it is
// looked up: a row that has been parsed takes several times the memory of its text.
type table struct {
	file     string
	parse    parseLine
	stamp    files.Stamp
	image    *image
	ways     tableWays
	problems []Problem
	doubts   []Problem // lines that are accepted, but may be incomplete
}

// parseLine reads a line that is neither blank nor a comment. An error means that the
// line has no user.
type parseLine func(line string) (*auth.Row, error)

// newTable returns the table of an image. parse must be as it was for the image.
func newTable(file string, i *image, parse parseLine) *table {
	return &table{file: file, parse: parse, stamp: i.stamp(), image: i, ways: i.ways()}
}

// row returns the row of a login name, nil if there is none.
func (t *table) row(login string) *auth.Row {
	text, line := t.image.find(login)
	if line == 0 {
		return nil
	}
	row, err := t.parse(text)
	if err != nil {
		return nil // The table has no such row.
	}
	if row.Refused != nil {
		row.Refused = fmt.Errorf("%s:%d: %w", t.file, line, row.Refused)
	}
	return row
}

// stored returns the password of a row in a list; pick gets the length of the list and
// returns which. It is missing if the list is empty.
func (t *table) stored(list int, pick func(n int) int) (stored password.Stored, ok bool) {
	text := t.image.pick(list, pick)
	if text == "" {
		return password.Stored{}, false
	}
	row, err := t.parse(text)
	if err != nil {
		return password.Stored{}, false
	}
	return row.Password, true
}

// password returns the stored password to compare with. For a login that does not exist
// or has no password it is that of another row, always the same one for the same login:
// a client must not see from the time of the reply whether a login exists.
func (t *table) password(v *password.Verifier, login string, row *auth.Row) password.Stored {
	if row != nil && row.Usable {
		return row.Password
	}
	stored, ok := t.stored(usableList, func(n int) int { return v.Pick(login, n) })
	if !ok {
		return password.Decoy()
	}
	return stored
}
