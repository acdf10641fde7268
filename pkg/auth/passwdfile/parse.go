package passwdfile

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"tpops/pkg/auth"
	"tpops/pkg/files"
	"tpops/pkg/password"
)

// parser reads the rows of a file.
type parser struct {
	table   *table
	names   []string
	known   map[string]bool
	entries []entry
	rows    [][]uint32 // numbers of the entries in each list
}

// parseTable reads all rows. Of several rows of one login the first
// counts, as in Dovecot.
func parseTable(file string, text []byte, stamp files.Stamp, parse parseLine) *table {
	lines := bytes.Count(text, []byte("\n")) + 1
	p := &parser{
		table: &table{file: file, parse: parse, stamp: stamp, ways: tableWays{scram: make([]int, len(password.SCRAMHashes()))}},
		names: make([]string, 0, lines), entries: make([]entry, 0, lines), known: make(map[string]bool, lines), rows: make([][]uint32, lists()),
	}
	at, number := len(text)-len(bytes.TrimPrefix(text, []byte(files.ByteOrderMark))), 0
	for at < len(text) {
		number++
		line, _, whole := bytes.Cut(text[at:], []byte("\n"))
		p.line(line, entry{uint32(at), 0, uint32(number)}, whole)
		at += len(line) + 1
	}
	p.table.image = &image{text: text, index: encode(p.names, p.entries, stamp, p.table.ways, p.rows)}
	return p.table
}

// line reads a line, which is whole if a newline ends it.
func (p *parser) line(line []byte, at entry, whole bool) {
	t := p.table
	if !whole {
		t.doubts = append(t.doubts, Problem{t.file, int(at.line), errUnfinished.Error()})
	}
	line = bytes.TrimSuffix(line, []byte("\r"))
	if len(bytes.TrimSpace(line)) == 0 || line[0] == '#' {
		return
	}
	at.length = uint32(len(line))
	if err := p.add(string(line), at); err != nil && !errors.Is(err, auth.ErrClosed) {
		t.problems = append(t.problems, Problem{t.file, int(at.line), err.Error()})
	}
}

// add adds the row of a line, and returns why it is invalid.
func (p *parser) add(line string, at entry) error {
	row, err := p.table.parse(line)
	if err != nil {
		return err
	}
	name := row.Account.Name
	if p.known[name] {
		return fmt.Errorf("%q occurs again: only its first line counts", name)
	}
	number := uint32(len(p.entries))
	p.known[name], p.names, p.entries = true, append(p.names, name), append(p.entries, at)
	if row.Usable {
		p.rows[usableList] = append(p.rows[usableList], number)
	}
	p.count(row, number)
	if row.Refused != nil {
		return fmt.Errorf("%q cannot log in: %w", name, row.Refused)
	}
	return nil
}

// count counts the ways to log in that work for a row, unless its user cannot log in.
func (p *parser) count(row *auth.Row, number uint32) {
	if !row.Usable || row.Refused != nil {
		return
	}
	ways := &p.table.ways
	ways.all++
	if _, clear := row.Password.ClearText(); clear {
		ways.clear++
	}
	for n, h := range slices.All(password.SCRAMHashes()) {
		if row.Password.CanSCRAM(h) {
			ways.scram[n]++
			p.rows[scramLists+n] = append(p.rows[scramLists+n], number)
		}
	}
}
