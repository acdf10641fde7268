package doveconf

import (
	"errors"
	"fmt"
	"regexp"
	"strings"

	"tpops/pkg/config/sqltext"
)

// names are the SQL expressions or directives for the variables, by variable.
type names struct {
	lower bool // all variables of the login name are in lower case
	local bool // the login name is cut at its @
}

// directive returns the directive of mysql-auth-query for a variable.
func (n names) directive(variable byte) string {
	switch {
	case variable == varUser && !n.local:
		return "%s"
	case variable == varUser || variable == varLocal:
		return "%u"
	case variable == varDomain && !n.local:
		return "%d"
	}
	return ""
}

// literal returns SQL for a template whose texts are already escaped for the quote. A
// home directory is not allowed in it.
func (n names) literal(t template, quote string) (string, error) {
	var joined strings.Builder
	var parts []string
	lower := false
	for _, p := range t {
		text := strings.ReplaceAll(p.text, "%", "%%")
		if p.variable == varHome {
			return "", errors.New("a query has no home directory")
		}
		if p.variable != 0 {
			text = n.directive(p.variable)
		}
		joined.WriteString(text)
		one := quote + text + quote
		if p.variable != 0 && (p.lower || n.lower) && text != "" {
			one, lower = "lower("+one+")", true
		}
		parts = append(parts, one)
	}
	switch {
	case !lower:
		return quote + joined.String() + quote, nil
	case len(parts) == 1:
		return parts[0], nil
	}
	return "concat(" + strings.Join(parts, ", ") + ")", nil
}

// rewriter turns a query of Dovecot into one of TPOPS.
type rewriter struct {
	names
	rest string
	out  strings.Builder
}

// rewrite returns a query with the directives of mysql-auth-query.
func (n names) rewrite(query string) (string, error) {
	r := &rewriter{names: n, rest: strings.TrimSpace(strings.TrimRight(strings.TrimSpace(query), ";"))}
	if len(r.rest) < 7 || !strings.EqualFold(r.rest[:6], "select") {
		return "", errors.New("it is not a select")
	}
	for r.rest != "" {
		if err := r.token(); err != nil {
			return "", err
		}
	}
	return r.out.String(), nil
}

// token reads a literal, a name in backquotes, a variable, or one octet.
func (r *rewriter) token() error {
	switch c := r.rest[0]; {
	case c == '\'' || c == '"' || c == '`':
		return r.quoted(c)
	case c == '#', strings.HasPrefix(r.rest, "--"), strings.HasPrefix(r.rest, "/*"):
		return errors.New("it has a comment; remove it")
	case c == ';':
		return errors.New("it has several statements")
	case c == '%':
		p, n, err := parseVariable(r.rest[1:])
		switch {
		case err != nil:
			return err
		case p.variable != 0:
			return fmt.Errorf("a variable is not in quotes: %.20q", r.rest)
		}
		r.out.WriteString(strings.ReplaceAll(p.text, "%", "%%"))
		r.rest = r.rest[1+n:]
	case c < ' ':
		r.out.WriteByte(' ')
		r.rest = r.rest[1:]
	default:
		r.out.WriteByte(c)
		r.rest = r.rest[1:]
	}
	return nil
}

// The literals of SQL, and names in backquotes. A quote in itself is doubled.
var quotedText = map[byte]*regexp.Regexp{
	'\'': regexp.MustCompile(`(?s)^'(?:[^'\\]|\\.|'')*'`),
	'"':  regexp.MustCompile(`(?s)^"(?:[^"\\]|\\.|"")*"`),
	'`':  regexp.MustCompile("(?s)^`(?:[^`]|``)*`"),
}

// quoted reads a literal, or a name in backquotes.
func (r *rewriter) quoted(quote byte) error {
	found := quotedText[quote].FindString(r.rest)
	if found == "" {
		return errors.New("a quote is not closed")
	}
	t, err := parseTemplate(found[1 : len(found)-1])
	if err != nil {
		return err
	}
	if quote == '`' && !t.isFixed() {
		return errors.New("a name of a column depends on the login name")
	}
	text, err := r.literal(t, string(quote))
	r.out.WriteString(text)
	r.rest = r.rest[len(found):]
	return err
}

// column is a column that a query returns.
type column struct{ name, expression string }

var (
	asName   = regexp.MustCompile("(?is)^(.*?)\\s+as\\s+([`'\"]?)([a-z_][a-z0-9_]*)([`'\"]?)$")
	bareName = regexp.MustCompile("(?i)^(?:`?[a-z_][a-z0-9_]*`?\\.)*`?([a-z_][a-z0-9_]*)`?$")
	ownAlias = regexp.MustCompile("(?is)^(.*[\\w)'\"`])\\s+`?([a-z_][a-z0-9_]*)`?$")
)

// columns returns the columns of a query that was rewritten.
func columns(query string) ([]column, error) {
	items, err := sqltext.SelectList(query[6:])
	if err != nil {
		return nil, err
	}
	var all []column
	for _, item := range items {
		c, err := parseColumn(strings.TrimSpace(item))
		if err != nil {
			return nil, err
		}
		all = append(all, c)
	}
	return all, nil
}

func parseColumn(item string) (column, error) {
	if m := asName.FindStringSubmatch(item); m != nil {
		return column{strings.ToLower(m[3]), m[1]}, nil
	}
	if m := bareName.FindStringSubmatch(item); m != nil {
		return column{strings.ToLower(m[1]), item}, nil
	}
	if m := ownAlias.FindStringSubmatch(item); m != nil {
		return column{strings.ToLower(m[2]), m[1]}, nil
	}
	return column{}, fmt.Errorf("the column %.60q has no name; write AS and a name", item)
}
