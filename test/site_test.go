//go:build integration

package test

import (
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/mysql"
	passwords "tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// TestLoginDelay logs in more often than the site allows, also after a reload.
func TestLoginDelay(t *testing.T) {
	box := small(t)
	d := box.start(t, "--login-delay=1h")
	if capa := capabilities(t, d.Addr); !strings.Contains(capa, "LOGIN-DELAY 3600 USER\r\n") {
		t.Errorf("announced:\n%s", capa)
	}
	for range 2 {
		logIn(t, d).ok("QUIT")
	}
	signal(t, d, syscall.SIGHUP)
	eventually(t, "the configuration is read", func() bool { return strings.Contains(d.Log(), "configuration reloaded") })
	s := dial(t, d)
	s.ok("USER " + login)
	s.want("PASS "+password, `-ERR \[LOGIN-DELAY\] .*`)
	// Whoever has another password learns nothing of it.
	s.ok("USER " + login)
	s.want("PASS x", `-ERR \[AUTH\] authentication failed`)
	s.closed()
}

// TestExpire fetches some messages, which go at QUIT, and no others do.
func TestExpire(t *testing.T) {
	box := small(t)
	d := box.start(t, "--expire=0", "--maildir-lock=no")
	s := logIn(t, d)
	if capa := capabilities(t, d.Addr); !strings.Contains(capa, "EXPIRE 0 USER\r\n") {
		t.Errorf("announced:\n%s", capa)
	}
	for _, command := range []string{"RETR 1", "TOP 2 100", "RETR 3"} {
		if _, _, err := s.Multi(command); err != nil {
			t.Fatal(err)
		}
	}
	s.ok("QUIT")
	if left := box.files(t); len(left) != 3 {
		t.Errorf("left: %v", left)
	}
	eventually(t, "the log says why", func() bool { return strings.Count(d.Log(), "reason=expired") == 2 })
	// With days, what was retrieved just now stays.
	days := box.start(t, "--expire=30")
	for range 2 {
		s = logIn(t, days)
		if _, _, err := s.Multi("RETR 1"); err != nil {
			t.Fatal(err)
		}
		s.ok("QUIT")
	}
	if left := box.files(t); len(left) != 3 {
		t.Errorf("left: %v", left)
	}
}

// TestLanguage asks for the replies in Japanese.
func TestLanguage(t *testing.T) {
	s := dial(t, small(t).start(t))
	s.ok("UTF8")
	s.want("LANG ja-JP", `\+OK ja 日本語.*`)
	s.want("BOGUS", `-ERR コマンドが正しくありません`)
	s.ok("USER " + login)
	s.want("PASS "+password, `\+OK user のメッセージは 5 通です .*`)
	s.want("QUIT", `\+OK 終了します`)
}

// TestMySQLSCRAM has keys, passwords in the clear and other hashes in a table.
func TestMySQLSCRAM(t *testing.T) {
	s := database(t, false)
	keys, err := scram.Make(scram.SHA256, "open sesame", 5000)
	if err != nil {
		t.Fatal(err)
	}
	use(s, "alter table tpops.user modify passwd varchar(255)",
		"insert into user (login,passwd,maildir) values ('keys','{SCRAM-SHA-256}"+keys.Text()+"','/m/keys')",
		"insert into user (login,passwd,maildir) values ('sha','{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=','/m/sha')")
	mixed := open(t, s, func(o *mysql.Options) { o.Crypt = "yes" })
	if _, err := mixed.Authenticate(t.Context(), pop3.Attempt{Login: "keys", Password: "open sesame"}); err != nil {
		t.Error(err)
	}
	account, err := mixed.Authenticate(t.Context(), pop3.Attempt{Login: "keys", Password: "open"})
	wantRefused(t, account, err, "wrong password")
	tests := []struct {
		name, login, reason string
		users               *mysql.Database
		iterations          int
	}{
		{"keys", "keys", "", mixed, 5000},
		{"clear", "ann", "", open(t, s, nil), scram.MinIterations},
		{"another scheme", "sha", "no password for SCRAM", mixed, 5000},
		{"nobody, like the last with keys", "nobody", "no such user", mixed, 5000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys, admit, err := alone(tt.users).SCRAMKeys(t.Context(), pop3.Attempt{Login: tt.login}, scram.SHA256)
			if err != nil || keys.Iterations != tt.iterations || keys.Fits("open sesame") != (tt.reason == "") {
				t.Fatalf("%+v, %v", keys, err)
			}
			account, err := admit(true)
			if tt.reason == "" {
				if err != nil || account.Name != tt.login {
					t.Errorf("%v, %v", account, err)
				}
				account, err = admit(false)
				wantRefused(t, account, err, "wrong password")
				return
			}
			wantRefused(t, account, err, tt.reason)
		})
	}
	if account, err := alone(mixed).Lookup(t.Context(), "keys"); err != nil || account.Maildrop != "/m/keys" {
		t.Errorf("%v, %v", account, err)
	}
	account, err = alone(mixed).Lookup(t.Context(), "nobody")
	wantRefused(t, account, err, "no such user")
}

// alone is a database as the only one.
func alone(d auth.Database) *auth.Sequence { return auth.NewSequence(passwords.NewVerifier(), d) }
