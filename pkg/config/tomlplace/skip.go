package tomlplace

import "strings"

// quoted skips a string of any of the four kinds, if there is one.
func (s *scanner) quoted() bool {
	rest := s.text[s.pos:]
	if rest == "" || rest[0] != '"' && rest[0] != '\'' {
		return false
	}
	quote := rest[:1]
	if triple := strings.Repeat(quote, 3); strings.HasPrefix(rest, triple) {
		s.pos += 3
		s.skipTo(triple)
		// The string itself may end with up to two quotes.
		for range 2 {
			if strings.HasPrefix(s.text[s.pos:], quote) {
				s.pos++
			}
		}
		return true
	}
	s.pos++
	s.skipTo(quote)
	return true
}

// skipTo moves after the next end that is not escaped. Only strings in double
// quotes have escapes.
func (s *scanner) skipTo(end string) {
	for s.pos < len(s.text) {
		switch {
		case strings.HasPrefix(s.text[s.pos:], end):
			s.pos += len(end)
			return
		case s.text[s.pos] == '\\' && end[0] == '"':
			s.pos++
		}
		s.pos = min(s.pos+1, len(s.text))
	}
}

// until moves to the next of chars, or to the end.
func (s *scanner) until(chars string) {
	if n := strings.IndexAny(s.text[s.pos:], chars); n >= 0 {
		s.pos += n
	} else {
		s.pos = len(s.text)
	}
}

// blank skips chars, and comments if chars contains the line end.
func (s *scanner) blank(chars string) {
	for s.pos < len(s.text) {
		switch c := s.text[s.pos]; {
		case strings.IndexByte(chars, c) >= 0:
			s.pos++
		case c == '#' && strings.Contains(chars, "\n"):
			s.until("\n")
		default:
			return
		}
	}
}
