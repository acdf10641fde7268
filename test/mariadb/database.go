package mariadb

import (
	"strings"
	"testing"
)

// DatabasePassword has what a careless program would stumble over in a data
// source name, in SQL, in a configuration file and in a format.
const DatabasePassword = `p'a"s\s:w@o/r?d#%41 &=;` + "`ü"

// Table08 is the table of 0.8.
const Table08 = `create table user (
	uid int unsigned not null auto_increment primary key, login char(16) not null unique, passwd char(40),
	mail char(64) unique, maildir char(64), quota int)`

// NewWithUsers starts a server, as New does, with the database, its user and the table of 0.8.
func NewWithUsers(tb testing.TB, tcp bool, options ...string) *Server {
	tb.Helper()
	s := New(tb, tcp, options...)
	quoted := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(DatabasePassword)
	s.Exec("create database tpops", "create user tpops@'%' identified by '"+quoted+"'", "grant select on tpops.* to tpops@'%'")
	ExecTPOPS(s, Table08,
		`insert into user (login,passwd,mail,maildir) values ('ann','open sesame','ann@example.org','/m/ann')`,
		`insert into user (login,passwd,mail,maildir) values ('bob','{PLAIN}x','bob@example.org','/m/bob')`,
		`insert into user (login,passwd,mail,maildir) values ('nopw',null,null,'/m/nopw')`,
		`insert into user (login,passwd,mail,maildir) values ('empty','',null,'/m/empty')`,
		`insert into user (login,passwd,mail,maildir) values ('nodir','open sesame',null,null)`,
		`insert into user (login,passwd,mail,maildir) values ('rel','open sesame',null,'m/rel')`,
		`insert into user (login,passwd,mail,maildir) values ('up','open sesame',null,'/m/../up')`)
	return s
}

// ExecTPOPS runs statements in the database.
func ExecTPOPS(s *Server, statements ...string) {
	for _, statement := range statements {
		statement = strings.Replace(statement, "create table ", "create table tpops.", 1)
		s.Exec(strings.Replace(statement, "insert into ", "insert into tpops.", 1))
	}
}
