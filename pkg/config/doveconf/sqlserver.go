package doveconf

import (
	"net"
	"slices"
	"strings"

	"tpops/pkg/config/draft"
)

// server is a connection to MySQL.
type server struct {
	at                           draft.Place
	hosts                        []string
	port, user, db, ca           string
	password                     string
	hidden, tls, isSet, otherPar bool
}

// connection23 reads the setting connect of a file of queries.
func connection23(s setting) server {
	v := server{at: s.at, isSet: true}
	for word := range strings.FieldsSeq(s.value) {
		name, value, _ := strings.Cut(word, "=")
		v.field(name, value)
	}
	return v
}

// field stores a part of a connection.
func (v *server) field(name, value string) {
	switch name {
	case "host", "hostaddr":
		v.hosts = append(v.hosts, value)
	case "port":
		v.port = value
	case "user":
		v.user = value
	case "password":
		v.password = value
	case "dbname":
		v.db = value
	case "ssl_ca", "ssl_ca_file", "ssl_client_ca_file":
		v.ca, v.tls = value, true
	case "ssl":
		v.tls = v.tls || value == "yes"
	default:
		v.otherPar = true
	}
}

// connection24 reads the sections mysql of 2.4.
func (c sqlUsers) connection24(p database) server {
	var v server
	for _, s := range slices.Concat(c.all("mysql"), p.all("mysql")) {
		one := server{at: s.at, isSet: true}
		for _, f := range s.settings {
			one.field(strings.TrimPrefix(f.name, "mysql_"), f.value)
			one.hidden = one.hidden || f.hidden
		}
		if len(one.hosts) == 0 {
			one.hosts = []string{s.label}
		}
		if v.isSet && (v.user != one.user || v.db != one.db || v.password != one.password) {
			c.d.Refuse(s.at, s.title(), "TPOPS has one name and password for all servers")
			continue
		}
		for i, host := range one.hosts {
			one.hosts[i] = withPort(host, one.port)
		}
		one.port = ""
		one.hosts = append(v.hosts, one.hosts...)
		v = one
	}
	return v
}

// withPort adds a port to a host. MySQL's own clients use the socket for localhost,
// whatever the port.
func withPort(host, port string) string {
	if port == "" || port == "0" || host == "localhost" || strings.HasPrefix(host, "/") {
		return host
	}
	return net.JoinHostPort(host, port)
}

// mysqlServer converts a connection.
func (c sqlUsers) mysqlServer(v server) {
	if v.otherPar {
		c.d.Lost(v.at, "connection", draft.ToKnow, "TPOPS has its own time limits and options for MySQL; see mysql-timeout")
	}
	for i, host := range v.hosts {
		v.hosts[i] = withPort(host, v.port)
	}
	for _, one := range []struct{ name, value string }{
		{"mysql-server", strings.Join(v.hosts, ",")}, {"mysql-user", v.user}, {"mysql-db", v.db}, {"mysql-passwd", v.password},
	} {
		if one.value != "" {
			c.d.Set(v.at, "connection", one.name, one.value)
		}
	}
	if v.password != "" {
		c.d.Note(v.at, "connection", draft.ToDo, "move the password to a file that only root can read, and set mysql-passwd-file, or use mysql-passwd.conf")
	}
	if v.hidden {
		c.d.Lost(v.at, "password", draft.ToDo, "doveconf hides it; use the output of doveconf -nP, or set mysql-passwd-file")
	}
	if v.tls {
		c.d.Set(v.at, "connection", "mysql-tls", "yes")
		if v.ca != "" {
			c.d.Set(v.at, "connection", "mysql-tls-ca", v.ca)
		}
	}
	if v.db == "" {
		c.d.Refuse(v.at, "connection", "the name of the database is missing")
	}
}
