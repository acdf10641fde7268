//go:build integration

package dovecot

import (
	"crypto/hmac"
	"crypto/md5"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	xdg "github.com/xdg-go/scram"

	dovecotauth "tpops/pkg/auth/dovecot"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// eachVersion runs a test with each version of Dovecot, with users in a file.
func eachVersion(t *testing.T, test func(t *testing.T, s *AuthServer)) {
	for _, version := range []string{"2.3", "2.4"} {
		t.Run(version, func(t *testing.T) {
			s := StartWithFiles(t, version)
			test(t, s)
			if t.Failed() {
				t.Log(s.Log())
			}
		})
	}
}

// TestAuthContract runs the suite for user databases against Dovecot.
func TestAuthContract(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *AuthServer) {
		d := dovecotauth.New(dovecotauth.Options{
			AuthSocket: s.Path("run/auth-client"), UserdbSocket: s.Path("run/auth-userdb"), Maildir: "Maildir", Timeout: time.Minute,
		})
		defer d.Close()
		if err := d.Ping(t.Context()); err != nil {
			t.Fatal(err)
		}
		pop3test.TestAuthenticator(t, pop3test.Users{
			Authenticator: d, Login: "ann", Password: fixture.Password,
			Account: pop3.Account{Name: "ann", Maildrop: s.Path("ann/Maildir"), UID: clients.Nobody, GID: clients.Nobody},
			Refused: []string{"off", "locked", "far"},
		})
		for name, known := range map[string]bool{"ann": true, "nobody-at-all": false, "ann*boss": false} {
			if u, err := d.Find(t.Context(), name); err != nil || u.Known() != known {
				t.Errorf("find %s: %v", name, err)
			}
		}
		// A socket in place of the other is no wrong password.
		swapped := dovecotauth.New(dovecotauth.Options{AuthSocket: s.Path("run/auth-userdb"), UserdbSocket: s.Path("run/auth-client"), Timeout: time.Second})
		defer swapped.Close()
		if _, err := swapped.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: fixture.Password}); err == nil || errors.Is(err, pop3.ErrAuth) {
			t.Errorf("swapped sockets: %v", err)
		}
	})
}

// logins are the replies to users with a password.
var logins = []struct{ user, password, want string }{
	{"ann", fixture.Password, `^\+OK ann has 5 messages`},
	{"ANN", fixture.Password, `^\+OK ann has 5 messages`},
	{"tim", fixture.Password, `^\+OK tim has 5 messages`},
	{"alias", fixture.Password, `^\+OK ann has 5 messages`},
	{"near", fixture.Password, `^\+OK near has 5 messages`},
	{"ann*boss", "master pass", `^\+OK ann has 5 messages`},
	{"ann", "wrong", `^-ERR \[AUTH\]`},
	{"nobody-at-all", fixture.Password, `^-ERR \[AUTH\]`},
	{"off", fixture.Password, `^-ERR \[AUTH\]`},
	{"locked", fixture.Password, `^-ERR \[AUTH\]`},
	{"far", fixture.Password, `^-ERR \[AUTH\]`},
	{"ann*boss", "wrong", `^-ERR \[AUTH\]`},
	{"away", fixture.Password, `^-ERR \[SYS/PERM\]`},
	{"mbox", fixture.Password, `^-ERR \[SYS/PERM\]`},
	{"nobody-at-all*boss", "master pass", `^-ERR \[SYS/PERM\]`},
}

// TestAuthLogins logs in by USER and PASS.
func TestAuthLogins(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *AuthServer) {
		d := fixture.Start(t, s.Params("--maildir-lock=no")...)
		for _, l := range logins {
			c := fixture.Dial(t, d)
			c.OK("USER " + l.user)
			c.Want("PASS "+l.password, l.want)
			c.Close()
		}
		first := fixture.Dial(t, d)
		first.OK("USER few")
		first.OK("PASS " + fixture.Password)
		second := fixture.Dial(t, d)
		second.OK("USER few")
		second.Want("PASS "+fixture.Password, `^-ERR \[IN-USE\]`)
		fixture.Logged(t, d, `mail format \"mbox\" is not supported`, `another server (\"192.0.2.1\")`, `nologin (\"closed\")`, `user=ann method=USER identity=boss `)
	})
}

// TestAuthMechanisms logs in by each mechanism that CAPA announces.
func TestAuthMechanisms(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *AuthServer) {
		d := fixture.Start(t, s.Params("--maildir-lock=no")...)
		if got := fixture.Capabilities(t, d.Addr); !strings.Contains(got, "SASL PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256\r\n") || strings.Contains(got, "APOP") {
			t.Errorf("CAPA\n%s", got)
		}
		for password, want := range map[string]string{fixture.Password: `^\+OK ann has 5 messages`, "wrong": `^-ERR \[AUTH\]`} {
			t.Run(password, func(t *testing.T) {
				c := fixture.Dial(t, d)
				c.Want("AUTH PLAIN "+encode("\x00ann\x00"+password), want)
				c = fixture.Dial(t, d)
				mac := hmac.New(md5.New, []byte(password))
				mac.Write(decode(t, c.Want("AUTH CRAM-MD5", `^\+ .`)))
				c.Want(encode("ann "+hex.EncodeToString(mac.Sum(nil))), want)
				logInSCRAM(t, fixture.Dial(t, d), password, want)
			})
		}
		c := fixture.Dial(t, d)
		c.Want("AUTH CRAM-MD5", `^\+ .`)
		c.Want("*", `^-ERR`)
		c.OK("USER ann")
		c.OK("PASS " + fixture.Password)
	})
}

func encode(text string) string { return base64.StdEncoding.EncodeToString([]byte(text)) }

// decode returns what a challenge contains.
func decode(t *testing.T, challenge string) []byte {
	t.Helper()
	text, err := base64.StdEncoding.DecodeString(strings.TrimSpace(strings.TrimPrefix(challenge, "+ ")))
	if err != nil {
		t.Fatal(err)
	}
	return text
}

// logInSCRAM logs in with a client of another implementation.
func logInSCRAM(t *testing.T, c fixture.Session, password, want string) {
	t.Helper()
	client, err := xdg.SHA256.NewClient("ann", password, "")
	if err != nil {
		t.Fatal(err)
	}
	conversation := client.NewConversation()
	message, err := conversation.Step("")
	command := "AUTH SCRAM-SHA-256 " + encode(message)
	for err == nil {
		answer := c.Answer(command)
		if !strings.HasPrefix(answer, "+ ") {
			if !strings.HasPrefix(answer, strings.TrimLeft(strings.ReplaceAll(want, `\`, ""), "^")) {
				t.Errorf("%s, want %s", answer, want)
			}
			return
		}
		message, err = conversation.Step(string(decode(t, answer)))
		command = encode(message)
	}
	t.Error(err)
}

// TestAuthModels logs in under each process model, confined.
func TestAuthModels(t *testing.T) {
	s := StartWithFiles(t, "2.3")
	params := s.Params("--mail-roots="+s.dir, "--maildir-lock=no")
	check := func(t *testing.T, c fixture.Session) {
		c.OK("CAPA")
		for line, err := c.Line(); line != "."; line, err = c.Line() {
			if err != nil {
				t.Fatal(err)
			}
		}
		c.OK("USER ann")
		c.Want("PASS "+fixture.Password, `^\+OK ann has 5 messages`)
		if _, body, err := c.Multi("RETR 1"); err != nil || len(body) == 0 {
			t.Errorf("%d octets, %v", len(body), err)
		}
		c.OK("QUIT")
	}
	fixture.EachType(t, func(t *testing.T, param string) {
		d := fixture.Start(t, append(params, param)...)
		for range 3 {
			check(t, fixture.Dial(t, d))
			wrong := fixture.Dial(t, d)
			wrong.OK("USER ann")
			wrong.Want("PASS wrong", `^-ERR \[AUTH\]`)
		}
	})
	t.Run("inetd", func(t *testing.T) {
		c, cmd := fixture.StartInetd(t, params...)
		check(t, c)
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	})
}

// TestAuthRestart stops and restarts Dovecot: logins are refused for the time being, and
// sessions go on.
func TestAuthRestart(t *testing.T) {
	eachVersion(t, func(t *testing.T, s *AuthServer) {
		d := fixture.Start(t, s.Params("--maildir-lock=no")...)
		before := logIn(t, d)
		s.Stop()
		try := func() string {
			c := fixture.Dial(t, d)
			defer c.Close()
			c.OK("USER ann")
			return c.Answer("PASS " + fixture.Password)
		}
		fixture.Eventually(t, "Dovecot is down", func() bool { return strings.HasPrefix(try(), "-ERR [SYS/TEMP]") })
		s.Write("users", strings.Replace(fixture.Read(t, s.Path("users")), "ann:{PLAIN}"+fixture.Password, "ann:{PLAIN}changed", 1))
		s.Start()
		if answer := try(); !strings.HasPrefix(answer, "-ERR [AUTH]") {
			t.Errorf("the old password after the restart: %s", answer)
		}
		before.OK("STAT")
		before.OK("QUIT")
		c := fixture.Dial(t, d)
		c.OK("USER ann")
		c.OK("PASS changed")
		fixture.Logged(t, d, "dovecot: "+s.Path("run/"))
	})
}

func logIn(t *testing.T, d *daemon.Daemon) fixture.Session {
	t.Helper()
	c := fixture.Dial(t, d)
	c.OK("USER ann")
	c.OK("PASS " + fixture.Password)
	return c
}

// sqlite is the configuration of users in a database.
const sqlite = `
passdb {
  driver = sql
  args = %[1]s/sql
}
userdb {
  driver = sql
  args = %[1]s/sql
}
`

// TestAuthSQL has the users in SQLite behind Dovecot.
func TestAuthSQL(t *testing.T) {
	s := NewAuthServer(t, "2.3", sqlite)
	s.Home("ann", "Maildir")
	s.Write("sql", fmt.Sprintf(`driver = sqlite
connect = %s
password_query = SELECT login AS user, password FROM users WHERE login = '%%u' AND enabled
user_query = SELECT %d AS uid, %d AS gid, home FROM users WHERE login = '%%u'
`, s.Path("users.sqlite"), clients.Nobody, clients.Nobody))
	fixture.Command(t, "sqlite3", s.Path("users.sqlite"), fmt.Sprintf(`CREATE TABLE users (login TEXT, password TEXT, home TEXT, enabled INTEGER);
INSERT INTO users VALUES ('ann', '{PLAIN}%s', '%s', 1), ('off', '{PLAIN}%s', '%s', 0);`, fixture.Password, s.Path("ann"), fixture.Password, s.Path("ann")))
	s.Start()
	d := fixture.Start(t, s.Params()...)
	logIn(t, d).OK("QUIT")
	for _, user := range []string{"off", "nobody-at-all", "' OR 1=1 --", "ann' --"} {
		c := fixture.Dial(t, d)
		c.OK("USER " + strings.ReplaceAll(user, " ", ""))
		c.Want("PASS "+fixture.Password, `^-ERR \[AUTH\]`)
	}
	if t.Failed() {
		t.Log(s.Log())
	}
}

// TestAuthPAM has the system's users behind Dovecot, checked with PAM.
func TestAuthPAM(t *testing.T) {
	service := fixture.NewService(t, "auth required pam_unix.so nodelay", "account required pam_unix.so")
	u := fixture.AddSystemUser(t)
	s := NewAuthServer(t, "2.3", "passdb {\n  driver = pam\n  args = "+service+"\n}\nuserdb {\n  driver = passwd\n}\nauth_mechanisms = plain\n# %s\n")
	s.Start()
	d := fixture.Start(t, s.Params()...)
	c := fixture.Dial(t, d)
	c.OK("USER " + u.Name)
	c.Want("PASS wrong", `^-ERR \[AUTH\]`)
	c = fixture.Dial(t, d)
	c.OK("USER " + u.Name)
	c.Want("PASS "+u.Password, `^\+OK .* has 3 messages`)
	c.OK("DELE 1")
	c.OK("QUIT")
	if left := u.Box.Files(t); len(left) != 2 {
		t.Errorf("%d messages are left", len(left))
	}
	if t.Failed() {
		t.Log(s.Log())
	}
}
