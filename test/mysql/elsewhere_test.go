//go:build integration

package mysql

import (
	"fmt"
	"testing"

	"tpops/pkg/auth/mysql"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// testMySQLElsewhere has rows that say on which server a user's mail is.
func testMySQLElsewhere(t *testing.T, s *mariadb.Server) {
	box := fixture.Small(t)
	behind := box.Start(t)
	mariadb.ExecTPOPS(s, "create table moved (login varchar(64) primary key, passwd varchar(64), pop_server varchar(200))",
		fmt.Sprintf("insert into moved values ('%s', null, '127.0.0.1:1,%s')", fixture.User, behind.Addr),
		"insert into moved values ('here', null, null)", "insert into moved values ('closed', '!', 'mail1')",
		"insert into moved values ('bad', null, '/run/socket')")
	const query = `select * from moved where login="%s"`
	m := open(t, s, func(o *mysql.Options) { o.ForProxy, o.Query, o.Crypt = true, query, "yes" })
	if account, err := m.Locate(t.Context(), "closed"); err == nil {
		t.Errorf("closed: %+v", account)
	} else {
		wantRefused(t, account, err, "disabled")
	}
	for _, name := range []string{"nobody", "x' or '1'='1", "", "\xff"} {
		if account, err := m.Locate(t.Context(), name); account != nil || err != nil {
			t.Errorf("%q: %v, %v, want nothing", name, account, err)
		}
	}
	down := open(t, s, func(o *mysql.Options) { o.ForProxy, o.Query, o.Servers = true, query, "/nonexistent" })
	account, err := down.Locate(t.Context(), fixture.User)
	wantTrouble(t, account, err)

	front := fixture.ProxyBefore(t, "127.0.0.1:1", "--auth-type=mysql", "--mysql-server="+s.Socket, "--mysql-user=tpops",
		"--mysql-passwd-file="+fixture.Write(t, "secret", mariadb.DatabasePassword), "--mysql-db=tpops", "--mysql-auth-query="+query, "--mysql-crypt-passwd=yes")
	c, err := daemon.Login(front.Addr, fixture.User, fixture.Password)
	if err != nil {
		t.Fatalf("%v\n%s", err, front.Log())
	}
	fixture.Session{Client: c, T: t}.OK("QUIT")
	c.Close()
	for name, want := range map[string]string{
		"closed": `^-ERR \[AUTH\] `, "bad": `^-ERR \[SYS/PERM\] `, "here": `^-ERR \[SYS/TEMP\] `, "nobody": `^-ERR \[SYS/TEMP\] `,
	} {
		next := fixture.Dial(t, front)
		next.OK("USER " + name)
		next.Want("PASS x", want)
	}
}
