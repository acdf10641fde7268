package doveconf

import (
	"cmp"
	"slices"
	"strings"
)

// sqlUsers converts users in MySQL.
type sqlUsers struct{ users }

// convert converts the connection and the queries.
func (c sqlUsers) convert(p database, userdbs []database, loc location) {
	file, password, ok := c.sqlFile(p, "password_query")
	if !ok {
		c.noUsers()
		return
	}
	driver := cmp.Or(file.value("driver"), p.value("sql_driver"), c.value("sql_driver"))
	if driver != "mysql" {
		c.d.Refuse(p.at, p.title(), "TPOPS has no driver for %.20q, only for MySQL; %s", driver, askDovecot)
		c.noUsers()
		return
	}
	c.d.Set(p.at, p.title(), "auth-type", "mysql")
	var v server
	if connect, ok := file.find("connect"); ok {
		v = connection23(connect)
	} else {
		v = c.connection24(p)
	}
	if !v.isSet {
		c.d.Refuse(p.at, p.title(), "there is no connection to MySQL in the input")
		c.noUsers()
		return
	}
	c.mysqlServer(v)
	c.firstUID()
	c.done["sql_driver"] = true
	scheme := cmp.Or(c.schemeOf(p, file), map[string]string{"2.3": "MD5", "2.4": "PLAIN"}[c.version])
	q := &joiner{sqlUsers: c, loc: loc, scheme: strings.ToUpper(scheme), at: password, passdb: p}
	q.names = c.loginNames()
	q.build(password, userdbs)
	c.listQuery(file, userdbs)
}

// loginNames returns what auth_username_format makes out of a login name.
func (c sqlUsers) loginNames() names {
	t, err := c.usernameFormat()
	if err != nil || len(t) != 1 {
		return names{}
	}
	return names{lower: t[0].lower, local: t[0].variable == varLocal}
}

// usesSQL reports whether users are in an SQL database.
func (c *conversion) usesSQL() bool {
	return slices.ContainsFunc(c.databases("passdb"), func(d database) bool {
		return d.driver == "sql" && !d.isSwitch("master") && !d.isSwitch("deny")
	})
}

// sqlFile returns the settings of an SQL database, and its query. In 2.4 they are in
// the section itself.
func (c sqlUsers) sqlFile(d database, query string) (*section, setting, bool) {
	file := d.section
	if args, ok := d.find("args"); ok {
		var found bool
		if file, found = c.extraInput(args.value); !found {
			c.d.Refuse(args.at, d.title(), "give the file %s as a further INPUT: it has the queries", args.value)
			return nil, setting{}, false
		}
		c.checkExt(file)
	}
	s, ok := file.find(query, "query", d.kind+"_sql_query")
	if !ok || s.value == "" {
		c.d.Refuse(file.at, d.title(), "there is no %s", query)
		return nil, setting{}, false
	}
	return file, s, true
}

// extSettings are the settings of a file of queries.
var extSettings = []string{"driver", "connect", "default_pass_scheme", "password_query", "user_query", "iterate_query", "userdb_warning_disable"}

// checkExt reports lines of a file of queries that are not converted.
func (c sqlUsers) checkExt(file *section) {
	if c.done[file.at.File] {
		return
	}
	c.done[file.at.File] = true
	for _, s := range file.settings {
		if !slices.Contains(extSettings, s.name) {
			c.d.Refuse(s.at, s.name, "the converter does not know this line; check whether it concerns POP3")
		}
	}
}
