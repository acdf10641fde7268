package doveconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// listQuery converts the query for all users, which doveadm uses. It changes nothing about
// logins, so a query that cannot be converted does not hold the file back.
func (c sqlUsers) listQuery(passdbFile *section, userdbs []database) {
	if c.d.Value("mysql-auth-query") == "" {
		return
	}
	s, ok := passdbFile.find("iterate_query", "userdb_sql_iterate_query")
	for _, u := range userdbs {
		if !ok && u.driver == "sql" {
			s, ok = c.iterateQuery(u)
		}
	}
	if !ok || s.value == "" {
		return
	}
	query, err := names{}.rewrite(s.value)
	switch {
	case err != nil:
		c.d.Lost(s.at, s.name, draft.ToDo, "the query cannot be converted: %v; set mysql-list-query for the option --users of tpopsctl", err)
	case strings.Contains(strings.ReplaceAll(query, "%%", ""), "%"):
		c.d.Lost(s.at, s.name, draft.ToDo, "the query depends on a login name; set mysql-list-query for the option --users of tpopsctl")
	default:
		c.d.Set(s.at, s.name, "mysql-list-query", query)
	}
}

// iterateQuery returns the query for all users of a userdb, or of its file of queries.
func (c sqlUsers) iterateQuery(u database) (setting, bool) {
	if s, ok := u.get("iterate_query"); ok {
		return s, true
	}
	args, ok := u.find("args")
	if !ok {
		return setting{}, false
	}
	file, ok := c.extraInput(args.value)
	if !ok {
		return setting{}, false
	}
	c.checkExt(file)
	return file.find("iterate_query")
}
