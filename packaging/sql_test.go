//go:build packages

package packaging

import (
	"os"
	"strings"
	"testing"
	"time"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/test/mariadb"
)

// table08 is the table that TPOPS 0.8 created.
const table08 = `create table user (uid int unsigned not null auto_increment primary key, login char(16) unique,
	passwd char(40), mail char(64) unique, maildir char(64), quota int)`

// Values of today's length: a login name that is an address, a hash of Argon2id, and a
// long path.
var (
	longLogin = strings.Repeat("l", 64) + "@" + strings.Repeat("d", 180) + ".example"
	longHash  = "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("A", 86)
	longPath  = "/var/vmail" + strings.Repeat("/directory", 90)
)

// run executes the statements of an SQL file or of a text in the database db.
func run(s *mariadb.Server, db, text string) {
	for statement := range strings.SplitSeq(text, ";\n") {
		for _, verb := range []string{"create table ", "alter table ", "insert into "} {
			statement = strings.Replace(statement, verb+"user", verb+db+".user", 1)
		}
		if strings.TrimSpace(statement) != "" {
			s.Exec(statement)
		}
	}
}

func file(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func insert(login, hash, path string) string {
	return "insert into user (login,passwd,mail,maildir) values ('" + login + "','" + hash + "','" + login + "','" + path + "')"
}

// A new table, and a table of 0.8 after the upgrade, store today's values without
// truncation. TPOPS finds users in them with the rights that the comment grants.
func TestSQL(t *testing.T) {
	s := mariadb.New(t, false)
	s.Exec("create user tpops@localhost identified by 'password'")
	upgrade := file(t, "sql/tpops_auth-mysql-upgrade.sql")
	tests := []struct {
		name string
		make []string
	}{
		{"fresh", []string{file(t, "sql/tpops_auth-mysql.sql"), insert("ann", "secret", "/m/ann")}},
		{"old", []string{table08, insert("ann", "secret", "/m/ann"), "insert into user (login) values ('bare')", upgrade, upgrade}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			s.Exec("create database "+test.name, "set global sql_mode = 'STRICT_ALL_TABLES'")
			for _, text := range test.make {
				run(s, test.name, text)
			}
			s.Exec("grant select (login, passwd, maildir) on " + test.name + ".user to tpops@localhost")
			run(s, test.name, insert(longLogin, longHash, longPath))
			row := s.Query("select concat_ws('|',login,passwd,mail,maildir) from " + test.name + ".user where login like 'lll%'")
			if want := strings.Join([]string{longLogin, longHash, longLogin, longPath}, "|"); row != want {
				t.Errorf("got  %s\nwant %s", row, want)
			}
			account, err := authenticate(t, s, test.name, "ann", "secret")
			if err != nil || account.Maildrop != "/m/ann" {
				t.Errorf("login of ann: %+v, %v", account, err)
			}
		})
	}
}

func authenticate(t *testing.T, s *mariadb.Server, db, login, secret string) (*pop3.Account, error) {
	t.Helper()
	users, err := mysql.New(mysql.Options{
		Servers: s.Socket, User: "tpops", Password: "password", Database: db,
		Timeout: 30 * time.Second, Verifier: password.NewVerifier(),
	})
	if err != nil {
		return nil, err
	}
	defer users.Close()
	return users.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: secret})
}
