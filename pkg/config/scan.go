package config

import (
	"strings"

	"github.com/BurntSushi/toml"
)

// The TOML library gives no position for a key that it could read. This
// scanner finds them. It takes for granted that the library accepts the text:
// of any other text it makes something, but it ends.

// maxDepth bounds what the library would otherwise recurse into: the parts of
// a key and the brackets within brackets.
const maxDepth = 32

// keyPlace is where a key and its value begin, as offsets. For the header of a
// table both are the same.
type keyPlace struct{ key, start int }

// pathKey makes a map's key of a path.
func pathKey(path []string) string { return strings.Join(path, "\x00") }

type scanner struct {
	text   string
	pos    int
	places map[string]keyPlace
	deep   int // offset of what is nested too deeply, or -1
	last   struct {
		path  []string
		start int // offset, -1 before the first
	} // the last value that began
}

// arrayElement is the part of a path for what stands in an array.
const arrayElement = "[]"

// bareEnd are the characters that end a value without quotes or brackets.
const bareEnd = "\r\n,]}#"

func newScanner(text string) *scanner {
	s := &scanner{text: text, places: map[string]keyPlace{}, deep: -1}
	s.last.start = -1
	return s
}

// scanKeys returns where each key of a text stands. If something is nested
// too deeply, its offset is returned, otherwise -1.
func scanKeys(text string) (places map[string]keyPlace, deep int) {
	s := newScanner(text)
	s.scan()
	return s.places, s.deep
}

func (s *scanner) scan() {
	var table []string
	for s.blank(" \t\r\n"); s.pos < len(s.text) && s.deep < 0; s.blank(" \t\r\n") {
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
	at := s.pos
	s.blank("[ \t")
	table := s.path(nil)
	s.blank("] \t")
	s.note(table, keyPlace{at, at})
	return table
}

// pair reads key = value.
func (s *scanner) pair(table []string, depth int) {
	at := s.pos
	path := s.path(table)
	if !strings.HasPrefix(s.text[s.pos:], "=") {
		return // not TOML
	}
	s.blank("=")
	s.blank(" \t")
	s.note(path, keyPlace{at, s.pos})
	s.value(path, depth)
}

// note keeps the first place of a path: a.b = 1 after [a] says more of a.b.
func (s *scanner) note(path []string, at keyPlace) {
	for n := len(path); n > 0; n-- {
		if _, ok := s.places[pathKey(path[:n])]; ok {
			return
		}
		s.places[pathKey(path[:n])] = at
	}
}

// path reads a dotted key and appends it to table.
func (s *scanner) path(table []string) []string {
	path := table[:len(table):len(table)]
	for {
		if len(path) > maxDepth {
			s.deep = s.pos
			return path
		}
		path = append(path, s.key())
		s.blank(" \t")
		if !strings.HasPrefix(s.text[s.pos:], ".") {
			return path
		}
		s.blank(". \t")
	}
}

// key reads one part of a key, bare or quoted.
func (s *scanner) key() string {
	at := s.pos
	if !s.quoted() {
		s.until(" \t\r\n.=[]{},#\"'")
	}
	raw := s.text[at:s.pos]
	if raw == "" || raw[0] != '"' && raw[0] != '\'' {
		return raw
	}
	if inner := raw[1:max(1, len(raw)-1)]; raw[0] == '\'' || !strings.Contains(inner, `\`) {
		return inner
	}
	var one map[string]any
	toml.Decode(raw+"=0", &one) // the library knows the escapes; of a broken key nothing is made
	for key := range one {
		return key
	}
	return raw
}

// value skips a value and reads the keys of an inline table.
func (s *scanner) value(path []string, depth int) {
	if depth > maxDepth {
		s.deep = s.pos
		return
	}
	s.last.path, s.last.start = path, s.pos
	switch {
	case s.quoted():
	case strings.HasPrefix(s.text[s.pos:], "{"):
		s.list("}", func() { s.pair(path, depth+1) })
	case strings.HasPrefix(s.text[s.pos:], "["):
		// Keys inside belong to no table; the path keeps them apart.
		s.list("]", func() { s.value(append(path[:len(path):len(path)], arrayElement), depth+1) })
	default:
		s.until(bareEnd)
	}
}

// list reads what stands between brackets.
func (s *scanner) list(end string, element func()) {
	s.pos++
	for s.deep < 0 {
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
