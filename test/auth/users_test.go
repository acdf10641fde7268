//go:build integration

package auth

import (
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// sequence is a server with the users of a database and, after it, of a file.
// The number is how many messages the user has.
type sequence struct {
	*daemon.Daemon
	database *mariadb.Server
}

// newSequence has ann in the database, bob in both, and cid in the file.
func newSequence(t *testing.T, params ...string) sequence {
	t.Helper()
	dir := t.TempDir()
	for folder, n := range map[string]int{"ann": 1, "bob": 2, "other-bob": 3, "cid": 4} {
		if err := corpus.Write(filepath.Join(dir, folder), corpus.Messages(1, n)); err != nil {
			t.Fatal(err)
		}
	}
	s := mariadb.NewWithUsers(t, false)
	mariadb.ExecTPOPS(s, "create table people (login char(16), passwd char(40), maildir varchar(255))",
		"insert into people values ('ann','ann''s','"+filepath.Join(dir, "ann")+"')",
		"insert into people values ('bob','bob''s','"+filepath.Join(dir, "bob")+"')")
	users := fixture.Write(t, "users", "bob:{PLAIN}other's:::::userdb_mail="+filepath.Join(dir, "other-bob")+"\n"+
		"cid:{PLAIN}cid's:::::userdb_mail="+filepath.Join(dir, "cid")+"\n")
	secret := fixture.Write(t, "secret", mariadb.DatabasePassword)
	d := fixture.Start(t, append([]string{
		"--auth-type=mysql,passwd-file", "--passwd-file=" + users, "--error-interval=0", "--mysql-server=" + s.Socket,
		"--mysql-user=tpops", "--mysql-passwd-file=" + secret, "--mysql-db=tpops", "--mysql-timeout=5s",
		"--mysql-auth-query=select login,passwd,maildir from people where login='%s'",
	}, params...)...)
	return sequence{d, s}
}

// login logs in, or not, and leaves.
func (s sequence) login(t *testing.T, user, password, pattern string) {
	t.Helper()
	c := fixture.Dial(t, s.Daemon)
	c.OK("USER " + user)
	c.Want("PASS "+password, pattern)
	c.Close()
}

const (
	isRefused = `^-ERR \[AUTH\] authentication failed`
	isTrouble = `^-ERR \[SYS/TEMP\] `
)

func TestAuthTypes(t *testing.T) {
	s := newSequence(t)
	s.login(t, "ann", "ann's", `^\+OK ann has 1 messages`)
	s.login(t, "bob", "bob's", `^\+OK bob has 2 messages`)
	s.login(t, "bob", "other's", isRefused)
	s.login(t, "cid", "cid's", `^\+OK cid has 4 messages`)
	s.login(t, "cid", "ann's", isRefused)
	s.login(t, "dan", "cid's", isRefused)

	// While the database is down no user gets the mailbox of a namesake, and
	// no password is reported as wrong.
	s.database.Stop()
	s.login(t, "ann", "ann's", isTrouble)
	s.login(t, "bob", "other's", isTrouble)
	s.login(t, "cid", "cid's", isTrouble)
	s.database.Start()
	s.login(t, "cid", "cid's", `^\+OK cid has 4 messages`)
}

func TestAuthCache(t *testing.T) {
	s := newSequence(t, "--auth-cache=1s", "--auth-cache-stale=1h")
	s.login(t, "ann", "ann's", `^\+OK`)
	s.login(t, "cid", "cid's", `^\+OK`)
	s.database.Stop()
	// The time of the cache may be over or not: it serves all the same.
	for _, user := range []string{"ann", "cid"} {
		fixture.Eventually(t, user+" is served by an old answer", func() bool {
			s.login(t, user, user+"'s", `^\+OK `+user)
			return strings.Contains(s.Log(), `stale cached login accepted user=`+user)
		})
	}
	s.login(t, "ann", "wrong", isTrouble)
	s.login(t, "bob", "bob's", isTrouble) // had not logged in
	s.database.Start()
	s.database.Exec("update tpops.people set passwd='new' where login='ann'")
	fixture.Eventually(t, "the old password is refused", func() bool {
		c := fixture.Dial(t, s.Daemon)
		defer c.Close()
		c.OK("USER ann")
		return strings.HasPrefix(c.Want("PASS ann's", `^(\+OK|-ERR \[AUTH\])`), "-ERR")
	})
	s.database.Stop()
	s.login(t, "ann", "ann's", isTrouble)
	s.login(t, "cid", "cid's", `^\+OK`)
	s.Stop() // Then all is in the log.
	if log := s.Log(); strings.Contains(log, "ann's") || strings.Contains(log, "cid's") {
		t.Errorf("a password is in the log:\n%s", log)
	}
}

// TestSettings has users in a file whose rows restrict them.
func TestSettings(t *testing.T) { fixture.EachType(t, testSettings) }

func testSettings(t *testing.T, param string) {
	dir := t.TempDir()
	if err := corpus.Write(filepath.Join(dir, "mail"), corpus.Messages(1, 2)); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ user, extra, want string }{
		{"ann", "pop3=yes tls=optional max-sessions=5", `^\+OK ann has 2 messages`},
		{"bob", "pop3=no", `^-ERR \[SYS/PERM\] this account may not use POP3$`},
		{"cid", "tls=required", `^-ERR \[SYS/PERM\] this account needs an encrypted connection$`},
		{"dan", "allow_nets=192.0.2.0/24,127.0.0.0/8", `^\+OK dan has 2 messages`},
		{"eve", "allow_nets=192.0.2.0/24,::/0", `^-ERR \[SYS/PERM\] this account may not be used from your address$`},
		{"fay", "allow_nets=127.0.0.1/8", `^-ERR \[SYS/PERM\] service unavailable`},
		{"gus", "max_sessions=1", `^\+OK gus has 2 messages`},
	}
	var rows strings.Builder
	for _, tt := range tests {
		rows.WriteString(tt.user + ":{PLAIN}right:::::userdb_mail=" + filepath.Join(dir, "mail") + " " + tt.extra + "\n")
	}
	d := fixture.Start(t, param, "--auth-type=passwd-file", "--passwd-file="+fixture.Write(t, "users", rows.String()), "--error-interval=0", "--maildir-lock=no")
	s := sequence{Daemon: d}
	for _, tt := range tests {
		s.login(t, tt.user, "wrong", isRefused)
		s.login(t, tt.user, "right", tt.want)
	}
	var first fixture.Session
	fixture.Eventually(t, "the session before has ended", func() bool {
		first = fixture.Dial(t, d)
		first.OK("USER gus")
		return strings.HasPrefix(first.Want("PASS right", `^(\+OK|-ERR \[IN-USE\])`), "+OK")
	})
	s.login(t, "gus", "right", `^-ERR \[IN-USE\] too many sessions of this user$`)
	first.OK("QUIT")
}
