package courierconf

import (
	"regexp"
	"strings"

	"tpops/pkg/config/draft"
	"tpops/pkg/config/sqltext"
)

// enumerate returns the query for all users, and the setting it is from. Its first column
// is the login name. The value is empty if there is none.
func (c *converter) enumerate() setting {
	if s, ok := c.mysql.take("MYSQL_ENUMERATE_CLAUSE"); ok && s.value != "" {
		s.value = directives(strings.TrimRight(strings.TrimSpace(s.value), "; "))
		return s
	}
	table, where := c.mysql["MYSQL_USER_TABLE"], c.mysql["MYSQL_WHERE_CLAUSE"].value // query takes them.
	if _, ok := c.mysql["MYSQL_SELECT_CLAUSE"]; ok || table.value == "" {
		return setting{}
	}
	login := c.mysql["MYSQL_LOGIN_FIELD"].value
	if login == "" {
		login = "id"
	}
	table.value = "select " + directives(login) + " as login from " + directives(table.value)
	if where != "" {
		table.value += " where (" + directives(where) + ")"
	}
	return table
}

// listQuery converts the query for all users, which authenumerate uses. It changes nothing
// about logins, so a query that cannot be converted does not hold the file back.
func (c *converter) listQuery(s setting) {
	rest := strings.ReplaceAll(s.value, "%%", "")
	switch {
	case s.value == "":
	case strings.Contains(rest, "%") || strings.Contains(rest, "$("):
		c.d.Lost(s.at, s.name, draft.ToDo, "the query depends on a login name; set mysql-list-query for the option --users of tpopsctl")
	case hasOtherLogin(s.value):
		c.d.Lost(s.at, s.name, draft.ToDo, "Courier takes the first column for the login name, but TPOPS would take another one; set mysql-list-query for the option --users of tpopsctl")
	default:
		c.d.Set(s.at, s.name, "mysql-list-query", s.value)
	}
}

// loginColumn is the end of a column whose name TPOPS takes for a part of the login name.
var loginColumn = regexp.MustCompile("(?i)(^|[^\\w$])(login|user|username|domain)[`\"']?\\s*$")

// hasOtherLogin reports whether a query may have such a column that is not the first, which
// Courier takes whatever its name is.
func hasOtherLogin(query string) bool {
	if len(query) < 7 || !strings.EqualFold(query[:6], "select") {
		return true
	}
	items, err := sqltext.SelectList(query[6:])
	for i, item := range items {
		if strings.HasSuffix(strings.TrimSpace(item), "*") || i > 0 && loginColumn.MatchString(item) {
			return true
		}
	}
	return err != nil
}
