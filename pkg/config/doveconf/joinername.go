package doveconf

import (
	"fmt"
	"strings"
)

// login returns the SQL for the login name. It is the name that the client sends if the
// query returns NULL, which Dovecot skips.
func (q *joiner) login() string {
	typed, _ := q.literal(template{{variable: varUser}}, "'")
	return renamed(typed, func(name string) string {
		if has(q.p, name) {
			return "p." + name
		}
		return ""
	})
}

// renamed returns the SQL for a name after a query that may change it, see renamings. It has
// a column of the query only if that is not NULL.
func renamed(name string, column func(name string) string) string {
	names := renamings(name, column)
	if len(names) == 0 {
		return name
	}
	return "coalesce(" + strings.Join(append(names, name), ", ") + ")"
}

// renamings returns the SQL for the names that a query may make of another, as Dovecot does if
// the query returns one of these columns. The first one counts that is not NULL. column
// returns the SQL for a column, or "".
func renamings(name string, column func(name string) string) []string {
	user, local, domain := column("user"), column("username"), column("domain")
	var all []string
	if user != "" {
		all = append(all, user)
	}
	if local != "" && domain != "" {
		all = append(all, fmt.Sprintf("concat(%s, '@', %s)", local, domain))
	}
	if local != "" {
		all = append(all, fmt.Sprintf("if(locate('@', %s) > 0 or locate('@', %s) = 0, %s, concat(%s, '@', substring_index(%s, '@', -1)))", local, name, local, local, name))
	}
	if domain != "" {
		all = append(all, fmt.Sprintf("concat(substring_index(%s, '@', 1), '@', %s)", name, domain))
	}
	return all
}
