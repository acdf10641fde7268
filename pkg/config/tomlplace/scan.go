package tomlplace

import (
	"fmt"
	"strings"

	"github.com/BurntSushi/toml"
)

// What the library would otherwise handle at a cost that grows with the square
// of the text, or with its recursion.
const (
	maxDepth = 32   // parts of a key, and brackets around a value
	maxPath  = 1000 // octets of a key with its tables; the library copies them for every key
)

// scanner finds the places of keys. It relies on the library to reject what is
// not TOML: on such a text it finds something or nothing, but it ends.
type scanner struct {
	text    string
	pos     int
	counter counter
	keys    *node
	problem *problem // why the scan ended early, or nil
	last    struct {
		path  []string
		start int // offset, -1 before the first
	} // the last value that began
}

// problem is why the library is not asked, and where, as an offset.
type problem struct {
	offset int
	text   string
}

func (s *scanner) fail(offset int, format string, values ...any) {
	s.problem = &problem{offset, fmt.Sprintf(format, values...)}
}

// arrayElement is the part of a path for an element of an array.
const arrayElement = "[]"

// endOfValue are the characters that end a value without quotes or brackets.
const endOfValue = "\r\n,]}#"

func newScanner(text string) *scanner {
	s := &scanner{text: text, counter: counter{text: text, place: Place{1, 1}}, keys: &node{}}
	s.last.start = -1
	return s
}

func (s *scanner) scan() {
	var table []string
	for s.blank(" \t\r\n"); s.pos < len(s.text) && s.problem == nil; s.blank(" \t\r\n") {
		before := s.pos
		if s.text[s.pos] == '[' {
			table = s.header()
		} else {
			s.pair(table, 0)
		}
		if s.pos == before {
			s.pos++ // not TOML
		}
	}
}

// header reads [table] or [[array of tables]].
func (s *scanner) header() []string {
	start := s.pos
	s.blank("[ \t")
	table := s.path(nil)
	if s.problem != nil {
		return nil
	}
	s.blank("] \t")
	s.note(table, start, start)
	return table
}

// pair reads key = value.
func (s *scanner) pair(table []string, depth int) {
	start := s.pos
	path := s.path(table)
	if s.problem != nil || !strings.HasPrefix(s.text[s.pos:], "=") {
		return // not TOML
	}
	s.blank("=")
	s.blank(" \t")
	s.note(path, start, s.pos)
	s.value(path, depth)
}

// path reads a dotted key and appends it to table.
func (s *scanner) path(table []string) []string {
	path := table[:len(table):len(table)]
	for {
		if len(path) == maxDepth {
			s.fail(s.pos, "nested too deeply: a key has at most %d parts", maxDepth)
			return path
		}
		start := s.pos
		if path = append(path, s.key()); s.isTooLong(path) {
			s.fail(start, "key too long: with its tables it has at most %d octets", maxPath)
			return path
		}
		s.blank(" \t")
		if !strings.HasPrefix(s.text[s.pos:], ".") {
			return path
		}
		s.blank(". \t")
	}
}

// isTooLong reports whether path exceeds maxPath. A key with a line end is a
// string without its closing quote, which the library rejects.
func (s *scanner) isTooLong(path []string) bool {
	octets := 0
	for _, name := range path {
		octets += len(name)
	}
	return octets > maxPath && !strings.Contains(path[len(path)-1], "\n")
}

// key reads one part of a key, bare or quoted.
func (s *scanner) key() string {
	start := s.pos
	if !s.quoted() {
		s.until(" \t\r\n.=[]{},#\"'")
	}
	raw := s.text[start:s.pos]
	if raw == "" || raw[0] != '"' && raw[0] != '\'' {
		return raw
	}
	if inner := raw[1:max(1, len(raw)-1)]; raw[0] == '\'' || !strings.Contains(inner, `\`) {
		return inner
	}
	var pair map[string]any
	toml.Decode(raw+"=0", &pair) // The library knows the escapes. A wrong key leaves pair empty.
	for key := range pair {
		return key
	}
	return raw
}

// value skips a value and reads the keys of an inline table.
func (s *scanner) value(path []string, depth int) {
	if depth > maxDepth {
		s.fail(s.pos, "nested too deeply: a value may be inside at most %d brackets", maxDepth)
		return
	}
	s.last.path, s.last.start = path, s.pos
	switch {
	case s.quoted():
	case strings.HasPrefix(s.text[s.pos:], "{"):
		s.list("}", func() { s.pair(path, depth+1) })
	case strings.HasPrefix(s.text[s.pos:], "["):
		// Keys inside belong to no table: the path keeps them apart.
		s.list("]", func() { s.value(append(path[:len(path):len(path)], arrayElement), depth+1) })
	default:
		s.until(endOfValue)
	}
}

// list reads the elements between two brackets.
func (s *scanner) list(end string, element func()) {
	s.pos++
	for s.problem == nil {
		s.blank(" \t\r\n,")
		if s.pos == len(s.text) {
			return
		}
		if strings.HasPrefix(s.text[s.pos:], end) {
			s.pos++
			return
		}
		before := s.pos
		element()
		if s.pos == before {
			s.pos++ // not TOML
		}
	}
}
