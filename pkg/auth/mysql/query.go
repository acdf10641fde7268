package mysql

import "strings"

// query is a template such as
//
//	select login,passwd,maildir from user where login="%s"
//
// as SQL with placeholders, and the values for them. The SQL does not change after
// the template has been read. A login name is only sent as a value, so that it never
// has to be quoted.
type query struct {
	sql    string
	values []queryValue // one for each placeholder, in order
}

// queryValue is bound to one placeholder: texts and parts of the login name, which
// are joined.
type queryValue []queryPart

// queryPart is a directive, or a text if directive is 0.
type queryPart struct {
	text      string
	directive byte
}

// loginParts are the directives, with the part of a login name that they stand for.
var loginParts = map[byte]func(login string) string{
	's': func(login string) string { return login },
	'u': func(login string) string { user, _, _ := strings.Cut(login, "@"); return user },
	'd': func(login string) string { _, domain, _ := strings.Cut(login, "@"); return domain },
}

// bind returns the values for login, one for each placeholder.
func (q *query) bind(login string) []any {
	values := make([]any, len(q.values))
	for i, value := range q.values {
		values[i] = value.join(login)
	}
	return values
}

func (v queryValue) join(login string) string {
	var joined strings.Builder
	for _, part := range v {
		if part.directive == 0 {
			joined.WriteString(part.text)
			continue
		}
		joined.WriteString(loginParts[part.directive](login))
	}
	return joined.String()
}

// hasDirective reports whether the value depends on the login name.
func (v queryValue) hasDirective() bool {
	for _, part := range v {
		if part.directive != 0 {
			return true
		}
	}
	return false
}
