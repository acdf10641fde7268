package doveconf

import "fmt"

// login returns the SQL for the login name.
func (q *joiner) login() string {
	typed, _ := q.literal(template{{variable: varUser}}, "'")
	return renamed(typed, func(name string) string {
		if has(q.p, name) {
			return "p." + name
		}
		return ""
	})
}

// renamed returns the SQL for a name after a query that may change it, as Dovecot does if
// the query returns one of these columns. column returns the SQL for a column, or "".
func renamed(name string, column func(name string) string) string {
	user, local, domain := column("user"), column("username"), column("domain")
	switch {
	case user != "":
		return user
	case local != "" && domain != "":
		return fmt.Sprintf("concat(%s, '@', %s)", local, domain)
	case local != "":
		return fmt.Sprintf("if(locate('@', %s) > 0 or locate('@', %s) = 0, %s, concat(%s, '@', substring_index(%s, '@', -1)))", local, name, local, local, name)
	case domain != "":
		return fmt.Sprintf("concat(substring_index(%s, '@', 1), '@', %s)", name, domain)
	}
	return name
}
