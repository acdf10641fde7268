package courierconf

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"strings"

	"tpops/pkg/config/draft"
	"tpops/pkg/config/sqltext"
)

// mysqlUsers converts authmysqlrc.
func (c *converter) mysqlUsers(list, maildir setting) {
	if c.mysql == nil {
		c.d.Refuse(list.at, list.name, "give %s as a further INPUT", mysqlFile)
		c.d.Stop("there is no database of users for it")
		return
	}
	c.d.Set(list.at, list.name, "auth-type", "mysql")
	c.connection()
	enumerate := c.enumerate()
	inner, at, err := c.query()
	if err == nil && strings.Contains(inner, "$(") {
		err = errors.New("TPOPS has only the variables $(local_part), $(domain) and $(service)")
	}
	if err == nil {
		query := fmt.Sprintf("select c.login as login, %s as password, if(c.maildir <> '', c.maildir, %s) as maildir, c.home as home, c.uid as uid, c.gid as gid, "+
			"if(find_in_set('disablepop3=1', replace(c.options, ' ', '')) > 0, 'no', 'yes') as pop3 from (%s) c", storedPassword, sqltext.Quote(maildir.value), inner)
		if err = c.check(query); err == nil {
			c.d.Set(at.at, at.name, "mysql-auth-query", query)
			c.d.Set(at.at, at.name, "mysql-crypt-passwd", "yes")
			c.d.Note(maildir.at, maildir.name, draft.Done, "kept in mysql-auth-query")
			c.d.Note(at.at, "uid, gid", draft.ToDo, "the service has to run as the owner of the mailboxes, as in vmail.conf")
			c.listQuery(enumerate)
			return
		}
	}
	c.d.Refuse(at.at, at.name, "the query cannot be converted: %v", err)
	c.d.Stop("there is no query for users")
}

// storedPassword is the password in the words of TPOPS. Courier's {MD5} is the one of
// LDAP, and {MD5RAW} is in hexadecimal digits.
const storedPassword = "case when c.crypt like '{MD5}%%' then concat('{LDAP-MD5}', substring(c.crypt, 6)) " +
	"when c.crypt like '{MD5RAW}%%' then concat('{PLAIN-MD5}', substring(c.crypt, 9)) " +
	"when c.crypt <> '' then c.crypt when c.clear <> '' then concat('{PLAIN}', c.clear) else '' end"

// connection converts the server and its password.
func (c *converter) connection() {
	server, _ := c.mysql.take("MYSQL_SERVER")
	socket, _ := c.mysql.take("MYSQL_SOCKET")
	port, _ := c.mysql.take("MYSQL_PORT")
	host := cmp.Or(server.value, "localhost")
	switch {
	case socket.value != "" && host == "localhost":
		server, host = socket, socket.value
	case port.value != "0" && port.value != "":
		host = net.JoinHostPort(host, port.value)
	}
	c.d.Set(server.at, server.name, "mysql-server", host)
	for _, one := range []struct{ from, to string }{{"MYSQL_USERNAME", "mysql-user"}, {"MYSQL_DATABASE", "mysql-db"}} {
		if s, ok := c.mysql.take(one.from); ok && s.value != "" {
			c.d.Set(s.at, s.name, one.to, s.value)
		}
	}
	c.defaultDomain()
	c.password()
	if s, ok := c.mysql.take("MYSQL_SSL_CACERT"); ok && s.value != "" {
		c.d.Set(s.at, s.name, "mysql-tls", "yes")
		c.d.Set(s.at, s.name, "mysql-tls-ca", s.value)
	}
}

// defaultDomain converts the domain that the database appends to a login name without
// one. The POP3 server appends its own before.
func (c *converter) defaultDomain() {
	s, ok := c.mysql.take("DEFAULT_DOMAIN")
	switch {
	case !ok || s.value == "":
	case c.d.Value("domain") != "":
		c.d.Note(s.at, s.name, draft.Done, "without effect because of DEFDOMAIN")
	default:
		c.d.Set(s.at, s.name, "domain", s.value)
	}
}

// password converts the password of the database.
func (c *converter) password() {
	if s, ok := c.mysql.take("MYSQL_PASSWORD"); ok && s.value != "" {
		c.d.SetWith(s.at, s.name, "mysql-passwd", s.value, draft.ToDo, "move the password to a file that only root can read, and set mysql-passwd-file, or use mysql-passwd.conf")
	}
}

// selectColumns are the columns of MYSQL_SELECT_CLAUSE, in their order.
var selectColumns = []string{"login", "crypt", "clear", "uid", "gid", "home", "maildir", "quota", "fullname", "options"}

// query returns SQL with selectColumns, and the setting it is from.
func (c *converter) query() (string, setting, error) {
	if s, ok := c.mysql.take("MYSQL_SELECT_CLAUSE"); ok && s.value != "" {
		for name, other := range c.mysql {
			if strings.HasSuffix(name, "FIELD") || name == "MYSQL_USER_TABLE" || name == "MYSQL_WHERE_CLAUSE" {
				c.d.Note(other.at, name, draft.Done, "without effect because of MYSQL_SELECT_CLAUSE")
				delete(c.mysql, name)
			}
		}
		query, err := selectClause(s.value)
		return query, s, err
	}
	table, _ := c.mysql.take("MYSQL_USER_TABLE")
	if table.value == "" {
		return "", setting{name: "MYSQL_USER_TABLE", at: c.at}, errors.New("there is no table")
	}
	login := directives(c.mysql.takeValue("MYSQL_LOGIN_FIELD", "id"))
	fields := []string{login + " as login"}
	for _, f := range []struct{ name, byDefault, column string }{
		{"MYSQL_CRYPT_PWFIELD", "''", "crypt"}, {"MYSQL_CLEAR_PWFIELD", "''", "clear"}, {"MYSQL_UID_FIELD", "uid", "uid"}, {"MYSQL_GID_FIELD", "gid", "gid"},
		{"MYSQL_HOME_FIELD", "home", "home"}, {"MYSQL_MAILDIR_FIELD", "''", "maildir"}, {"MYSQL_AUXOPTIONS_FIELD", "''", "options"},
	} {
		fields = append(fields, directives(c.mysql.takeValue(f.name, f.byDefault))+" as "+f.column)
	}
	query := "select " + strings.Join(fields, ", ") + " from " + directives(table.value) + " where " + login + " = '%s'"
	if where := c.mysql.takeValue("MYSQL_WHERE_CLAUSE", ""); where != "" {
		query += " and (" + directives(where) + ")"
	}
	return query, table, nil
}

// selectClause converts a query that has no names for its columns. The first part of
// the union names them and has no row.
func selectClause(clause string) (string, error) {
	clause = strings.TrimRight(strings.TrimSpace(clause), "; ")
	if len(clause) < 7 || !strings.EqualFold(clause[:6], "select") {
		return "", errors.New("it is not a select")
	}
	items, err := sqltext.SelectList(clause[6:])
	if err != nil {
		return "", err
	}
	if len(items) < 6 || len(items) > len(selectColumns) {
		return "", fmt.Errorf("it returns %d columns instead of 6 to %d", len(items), len(selectColumns))
	}
	names := make([]string, len(items))
	for i := range items {
		names[i] = "'' as " + selectColumns[i]
	}
	query := "select " + strings.Join(names, ", ") + " from dual where 1 = 0 union all " + directives(clause)
	var missing strings.Builder
	for _, name := range selectColumns[len(items):] {
		missing.WriteString(", '' as " + name)
	}
	return "select s.*" + missing.String() + " from (" + query + ") s", nil
}

// directives replaces the variables of Courier by those of mysql-auth-query.
func directives(sql string) string {
	return strings.NewReplacer("%", "%%", "$(local_part)", "%u", "$(domain)", "%d", "$(service)", "pop3").Replace(sql)
}
