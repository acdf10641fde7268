package mysql

import (
	"errors"
	"fmt"
)

// literal reads a quoted literal. A literal with a directive becomes one placeholder
// for its whole text. A literal without one stays in the SQL.
func (p *queryParser) literal(quote byte) error {
	l := literalReader{rest: p.rest[1:], quote: quote}
	if err := l.read(); err != nil {
		if !errors.Is(err, errNotClosed) {
			p.rest = l.rest
		}
		return err
	}
	n := len(p.rest) - len(l.rest)
	if !l.value.hasDirective() {
		p.sql.WriteByte(quote)
		p.sql.Write(l.raw)
		p.sql.WriteByte(quote)
		p.rest = l.rest
		return nil
	}
	// Otherwise the introducer of _latin1"%s" or x"%s" would stay in the SQL.
	if p.afterWord() {
		return errors.New("a blank is required between a word and a literal with a directive")
	}
	p.placeholder(l.value, n)
	return nil
}

var errNotClosed = errors.New("a quoted literal is not closed")

// literalReader reads a literal, both as it is written (but with % for %%) and as the
// value that it has for MySQL.
type literalReader struct {
	rest  string
	quote byte
	raw   []byte
	value queryValue
}

// read reads up to the closing quote, which it includes.
func (l *literalReader) read() error {
	for l.rest != "" {
		switch c := l.rest[0]; {
		case c == l.quote && (len(l.rest) == 1 || l.rest[1] != l.quote):
			l.rest = l.rest[1:]
			return nil
		case c == l.quote:
			l.take(2, l.rest[:1])
		case c == '\\':
			if err := l.escape(); err != nil {
				return err
			}
		case c == '%':
			if err := l.directive(); err != nil {
				return err
			}
		default:
			l.take(1, l.rest[:1])
		}
	}
	return errNotClosed
}

// escapes are the characters with another meaning after a backslash. Any other
// character stands for itself. \% and \_ keep their backslash, for LIKE.
var escapes = map[byte]string{
	'0': "\x00", 'b': "\b", 'n': "\n", 'r': "\r", 't': "\t", 'Z': "\x1a", '_': `\_`,
}

// escape reads a backslash and the next character. \%s is an error: directives are
// replaced before SQL is read, so that the backslash would escape the first character
// of the login name.
func (l *literalReader) escape() error {
	if len(l.rest) < 2 {
		return errNotClosed
	}
	c := l.rest[1]
	if c == '%' {
		part, n, err := directive(l.rest[1:])
		if err == nil && part.directive != 0 {
			err = fmt.Errorf("a backslash before %s would change the login name", l.rest[1:1+n])
		}
		if err != nil {
			return err
		}
		l.raw = append(l.raw, `\%`...)
		l.text(`\%`)
		l.rest = l.rest[1+n:]
		return nil
	}
	text, ok := escapes[c]
	if !ok {
		text = l.rest[1:2]
	}
	l.take(2, text)
	return nil
}

func (l *literalReader) directive() error {
	part, n, err := directive(l.rest)
	if err != nil {
		return err
	}
	l.rest = l.rest[n:]
	if part.directive == 0 {
		l.raw = append(l.raw, part.text...)
		l.text(part.text)
		return nil
	}
	l.value = append(l.value, part)
	return nil
}

// take reads n octets, whose value is text.
func (l *literalReader) take(n int, text string) {
	l.raw = append(l.raw, l.rest[:n]...)
	l.text(text)
	l.rest = l.rest[n:]
}

// text appends to the value, to its last part if that is a text.
func (l *literalReader) text(text string) {
	if last := len(l.value) - 1; last >= 0 && l.value[last].directive == 0 {
		l.value[last].text += text
		return
	}
	l.value = append(l.value, queryPart{text: text})
}
