//go:build integration

package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// oldPasswords are rows as operators of 0.8 had them, by what mysql-crypt-passwd
// was: the password of each is the global one.
var oldPasswords = map[string][]struct{ login, stored string }{
	"no":    {{"plain", `'` + fixture.Password + `'`}},
	"crypt": {{"des", `encrypt('` + fixture.Password + `','ab')`}, {"md5", `encrypt('` + fixture.Password + `','$1$saltsalt$')`}},
	"sha":   {{"sha", `to_base64(unhex(sha1('` + fixture.Password + `')))`}, {"braces", `concat('{SHA}',to_base64(unhex(sha1('` + fixture.Password + `'))))`}},
	"yes":   {{"both-crypt", `encrypt('` + fixture.Password + `','ab')`}, {"both-sha", `to_base64(unhex(sha1('` + fixture.Password + `')))`}},
}

// oldTable makes the table of 0.8 with its users, in the given engine and
// character set, and returns the Maildir that all of them have.
func oldTable(t *testing.T, s *mariadb.Server, db, options string) string {
	t.Helper()
	dir, err := os.MkdirTemp("", "old") // a path that fits into 64 characters
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	maildir := filepath.Join(dir, "Maildir")
	if err := corpus.Write(maildir, corpus.Messages(5, 2)); err != nil {
		t.Fatal(err)
	}
	s.Exec("create database "+db,
		"create table "+db+".user (uid int auto_increment primary key, login char(16) unique, passwd char(40), "+
			"mail char(64) unique, maildir char(64), quota int) "+options,
		"grant select (login, passwd, maildir) on "+db+".user to tpops@'%'")
	for _, rows := range oldPasswords {
		for _, row := range rows {
			s.Exec(fmt.Sprintf("insert into %s.user (login,passwd,mail,maildir) values ('%s',%s,'%s@example.org','%s')",
				db, row.login, row.stored, row.login, maildir))
		}
	}
	s.Exec("insert into " + db + ".user (login) values ('bare')")
	return maildir
}

// logInAll starts a server for each mysql-crypt-passwd and logs in everybody
// whose password is kept so, with APOP too where that can work.
func logInAll(t *testing.T, s *mariadb.Server, db string) {
	t.Helper()
	for mode, rows := range oldPasswords {
		d := fixture.Start(t, "--auth-type=mysql", "--mysql-server="+s.Socket, "--mysql-user=tpops", "--mysql-passwd=p", "--mysql-db="+db,
			"--mysql-crypt-passwd="+mode, "--error-interval=0", "--syslog=none")
		for _, row := range rows {
			c := fixture.Dial(t, d)
			c.OK("USER " + row.login)
			c.Want("PASS "+fixture.Password, `^\+OK `+row.login+` has 2 messages`)
			c.OK("QUIT")
			c = fixture.Dial(t, d)
			c.OK("USER " + row.login)
			c.Want("PASS wrong", `^-ERR \[AUTH\] authentication failed$`)
		}
		want := `^-ERR APOP not supported$`
		if mode == "no" {
			want = `^\+OK plain has 2 messages`
			fixture.APOP(t, d, "plain", "wrong", `^-ERR \[AUTH\] authentication failed$`)
		}
		if offered := fixture.Challenge(t, d) != ""; offered != (mode == "no") {
			t.Errorf("mysql-crypt-passwd=%s: APOP is offered: %v", mode, offered)
		}
		fixture.APOP(t, d, "plain", fixture.Password, want)
	}
}

// TestOldTable serves the users of a table of 0.8 as it is, widens it, and serves
// them again. Tables of other engines and character sets are widened too.
func TestOldTable(t *testing.T) {
	s := mariadb.New(t, false)
	s.Exec("create user tpops@'%' identified by 'p'", "set global sql_mode = 'STRICT_ALL_TABLES'")
	for i, options := range []string{"engine=MyISAM default charset=latin1", "engine=MyISAM default charset=utf8mb4",
		"engine=InnoDB row_format=compact default charset=utf8mb4", "engine=InnoDB default charset=ujis"} {
		t.Run(options, func(t *testing.T) {
			db := fmt.Sprint("old", i)
			maildir := oldTable(t, s, db, options)
			if i == 0 {
				logInAll(t, s, db)
			}
			widen(t, s, db, maildir)
			if i == 0 {
				logInAll(t, s, db)
			}
		})
	}
}

// widen runs the upgrade script, twice, and adds a row with today's long values.
func widen(t *testing.T, s *mariadb.Server, db, maildir string) {
	t.Helper()
	const sums = "select md5(group_concat(concat_ws('|',uid,login,passwd,mail,maildir) order by uid)) from "
	before := s.Query(sums + db + ".user")
	upgrade := strings.Replace(fixture.Read(t, "../../packaging/sql/tpops_auth-mysql-upgrade.sql"), "alter table user", "alter table "+db+".user", 1)
	s.Exec(upgrade, upgrade)
	if after := s.Query(sums + db + ".user"); after != before {
		t.Error("the upgrade changed rows")
	}
	long := strings.Repeat("l", 64) + "@" + strings.Repeat("d", 180) + ".example"
	hash := "$argon2id$v=19$m=65536,t=3,p=1$c29tZXNhbHRzb21lc2FsdA$" + strings.Repeat("A", 86)
	s.Exec(fmt.Sprintf("insert into %s.user (login,passwd,mail,maildir) values ('%s','%s','%s','%s')", db, long, hash, long, maildir))
	if got := s.Query("select concat(login,passwd) from " + db + ".user where mail like 'll%'"); got != long+hash {
		t.Errorf("the row is cut: %s", got)
	}
	if rows := s.Query("select count(*) from " + db + ".user"); rows != "9" {
		t.Errorf("%s rows instead of 9", rows)
	}
}
