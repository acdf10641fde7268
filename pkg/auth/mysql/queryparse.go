package mysql

import (
	"errors"
	"fmt"
	"strings"
	"unicode/utf8"
)

// queryParser reads a template from its beginning to its end. Of the SQL of MySQL and
// MariaDB it reads only what decides where a literal begins and ends.
type queryParser struct {
	rest string // the part that has not been read
	all  string
	sql  strings.Builder
	query
}

// parseQuery reads a template. Its errors contain line and column.
func parseQuery(template string) (*query, error) {
	p := &queryParser{rest: template, all: template}
	if err := p.parse(); err != nil {
		return nil, fmt.Errorf("%s: %w", p.position(), err)
	}
	p.query.sql = p.sql.String()
	return &p.query, nil
}

func (p *queryParser) parse() error {
	switch {
	case strings.TrimSpace(p.all) == "":
		return errors.New("the query is empty")
	case !utf8.ValidString(p.all) || strings.Contains(p.all, "\x00"):
		return errors.New("the query is not UTF-8 text")
	}
	for p.rest != "" {
		if err := p.token(); err != nil {
			return err
		}
	}
	return nil
}

// token reads one literal, name in backquotes, comment or directive, or one other
// octet.
func (p *queryParser) token() error {
	switch c := p.rest[0]; {
	case c == '\'' || c == '"':
		return p.literal(c)
	case c == '`':
		return p.fixed("`", "`", "a name in backquotes")
	case c == '#', isDashComment(p.rest):
		return p.fixed(p.rest[:1], "\n", "a comment")
	case strings.HasPrefix(p.rest, "/*!"), strings.HasPrefix(p.rest, "/*M!"):
		return errors.New("a comment that the server executes is not supported")
	case strings.HasPrefix(p.rest, "/*"):
		return p.fixed("/*", "*/", "a comment")
	case c == '?':
		return errors.New(`"?" is not allowed outside quotes: the server would read it as a placeholder`)
	case c == '%':
		return p.bare()
	default:
		p.copy(1)
		return nil
	}
}

// isDashComment reports whether text begins with a comment of two dashes and a blank.
// Without the blank, as in 5--1, it is not a comment.
func isDashComment(text string) bool {
	return strings.HasPrefix(text, "--") && (len(text) == 2 || text[2] <= ' ' || text[2] == 0x7F)
}

// bare reads a directive outside quotes, which becomes a placeholder. It must not be
// part of a word: user_%d could be the name of a table, which is not a value.
func (p *queryParser) bare() error {
	part, n, err := directive(p.rest)
	if err != nil {
		return err
	}
	if part.directive == 0 {
		p.sql.WriteString(part.text)
		p.rest = p.rest[n:]
		return nil
	}
	if p.afterWord() || n < len(p.rest) && isWord(p.rest[n]) {
		return fmt.Errorf("%s outside quotes must stand alone", p.rest[:n])
	}
	p.placeholder(queryValue{part}, n)
	return nil
}

// fixed copies the text from open to end, in which no value can be bound. The end of
// the template also ends a comment that ends with its line.
func (p *queryParser) fixed(open, end, what string) error {
	start := p.rest
	p.copy(len(open))
	for !strings.HasPrefix(p.rest, end) {
		switch {
		case p.rest == "" && end == "\n":
			return nil
		case p.rest == "":
			p.rest = start
			return fmt.Errorf("%s is not closed", what)
		case p.rest[0] != '%':
			p.copy(1)
			continue
		}
		part, n, err := directive(p.rest)
		if err != nil {
			return err
		}
		if part.directive != 0 {
			return fmt.Errorf("%s is not allowed in %s", p.rest[:n], what)
		}
		p.sql.WriteString(part.text)
		p.rest = p.rest[n:]
	}
	p.copy(len(end))
	return nil
}

// directive reads the directive at the beginning of text. It returns its length in
// octets too. %% is the text "%".
func directive(text string) (queryPart, int, error) {
	if len(text) < 2 {
		return queryPart{}, 0, errors.New(`"%" at the end: write "%%" for a percent sign`)
	}
	c := text[1]
	if c == '%' {
		return queryPart{text: "%"}, 2, nil
	}
	if _, ok := loginParts[c]; !ok {
		r, _ := utf8.DecodeRuneInString(text[1:])
		return queryPart{}, 0, fmt.Errorf("unknown directive %q: use %%s, %%u, %%d or %%%%", "%"+string(r))
	}
	return queryPart{directive: c}, 2, nil
}

// placeholder writes a placeholder for value and skips the n octets that it replaces.
func (p *queryParser) placeholder(value queryValue, n int) {
	p.sql.WriteByte('?')
	p.values = append(p.values, value)
	p.rest = p.rest[n:]
}

// copy copies n octets.
func (p *queryParser) copy(n int) {
	p.sql.WriteString(p.rest[:n])
	p.rest = p.rest[n:]
}

// afterWord reports whether the octet before the unread part belongs to a word.
func (p *queryParser) afterWord() bool {
	read := len(p.all) - len(p.rest)
	return read > 0 && isWord(p.all[read-1])
}

// isWord reports whether c can be part of a name, a number, a variable or a
// placeholder.
func isWord(c byte) bool {
	return c >= 0x80 || '0' <= c && c <= '9' || 'a' <= c && c <= 'z' || 'A' <= c && c <= 'Z' ||
		strings.IndexByte("_$@%.?", c) >= 0
}

// position returns line and column of the unread part, counted from 1 in characters.
func (p *queryParser) position() string {
	read := p.all[:len(p.all)-len(p.rest)]
	line := 1 + strings.Count(read, "\n")
	column := 1 + utf8.RuneCountInString(read[strings.LastIndexByte(read, '\n')+1:])
	return fmt.Sprintf("line %d, column %d", line, column)
}
