//go:build integration

package migration

import (
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strings"
	"syscall"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// apart keeps a Dovecot apart from one of the system, and does not delay logins after
// failed ones. It is a format for its folder and its port.
const apart = `base_dir = %[1]s/run
state_dir = %[1]s/state
log_path = %[1]s/log
listen = 127.0.0.1
auth_failure_delay = 0
first_valid_uid = 1
service pop3-login {
  inet_listener pop3 {
    port = %[2]s
  }
  inet_listener pop3s {
    port = 0
  }
}
service anvil {
  unix_listener anvil-auth-penalty {
    mode = 0
  }
}
service stats {
  unix_listener stats-writer {
    mode = 0666
  }
}
`

// dovecot starts the Dovecot of this machine with a configuration, and returns its
// address.
func (o *old) dovecot(text string) string {
	o.t.Helper()
	addr, err := daemon.FreePort()
	if err != nil {
		o.t.Fatal(err)
	}
	dir, err := os.MkdirTemp("", "tpops-dovecot-")
	if err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() { os.RemoveAll(dir) })
	for _, name := range []string{dir, o.dir} { // Dovecot asks for users as a user of its own.
		if err := os.Chmod(name, 0o755); err != nil {
			o.t.Fatal(err)
		}
	}
	_, port := splitAddress(o.t, addr)
	conf := o.file("running.conf", fmt.Sprintf(apart, dir, port)+text)
	cmd := exec.Command("dovecot", "-F", "-c", conf)
	if err := cmd.Start(); err != nil {
		o.t.Fatal(err)
	}
	o.t.Cleanup(func() {
		cmd.Process.Signal(syscall.SIGTERM)
		cmd.Wait()
	})
	fixture.Eventually(o.t, "Dovecot serves", func() bool {
		c, _, err := daemon.Dial(addr)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
	return addr
}

// login returns what a server does with a login: whether it is accepted, and the sizes
// of the messages.
func login(t *testing.T, addr, name, password string) string {
	t.Helper()
	c, _, err := daemon.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := fixture.Session{Client: c, T: t}
	s.Answer("USER " + name)
	if !strings.HasPrefix(s.Answer("PASS "+password), "+OK") {
		return "refused"
	}
	s.OK("LIST")
	var sizes []string
	for {
		line, err := c.Line()
		if err != nil {
			t.Fatal(err)
		}
		if line == "." {
			break
		}
		_, size, _ := strings.Cut(line, " ")
		sizes = append(sizes, size)
	}
	s.OK("QUIT")
	slices.Sort(sizes)
	return "accepted, sizes " + strings.Join(sizes, " ")
}

// sameLogins holds that the old server and the new one accept the same logins and show
// the same mailboxes.
func sameLogins(t *testing.T, before string, after *daemon.Daemon, logins ...string) {
	t.Helper()
	accepted := 0
	for _, one := range logins {
		name, password, _ := strings.Cut(one, " ")
		want, got := login(t, before, name, password), login(t, after.Addr, name, password)
		if want != got {
			t.Errorf("%s: Dovecot: %s, TPOPS: %s", one, want, got)
		}
		if want != "refused" {
			accepted++
		}
	}
	if accepted == 0 || accepted == len(logins) {
		t.Errorf("%d of %d logins are accepted", accepted, len(logins))
	}
}

func TestSameLoginsAsDovecot(t *testing.T) {
	for _, test := range passwdFiles {
		t.Run(test.name, func(t *testing.T) {
			o := newOld(t)
			o.file("users", test.users)
			o.mailbox("example.org/ann/" + test.mailbox)
			text := "protocols = pop3\nssl = no\ndisable_plaintext_auth = no\n" + test.conf
			before := o.dovecot(text)
			after := o.start("dovecot", nil, o.doveconf(text))
			sameLogins(t, before, after, "ann@example.org secret", "ann@example.org wrong", "ann secret", "bob@example.org x", "bob@example.org foo", "eve@example.org x", "ann@example.com secret")
		})
	}
}

func TestSameLoginsAsDovecotMySQL(t *testing.T) {
	if _, err := os.Stat("/usr/lib/dovecot/modules/libdriver_mysql.so"); err != nil {
		t.Skip("dovecot-mysql is not installed")
	}
	o := newOld(t)
	s := hosting(t, o)
	host, port := splitAddress(t, s.Address)
	for _, test := range dovecotSQL {
		t.Run(test.name, func(t *testing.T) {
			o.t = t
			text := "protocols = pop3\nssl = no\ndisable_plaintext_auth = no\npassdb {\n driver = sql\n args = @DIR/sql.ext\n}\n" + test.conf
			ext := o.file("sql.ext", "driver = mysql\nconnect = host="+host+" port="+port+" dbname=mail user=mail password=ChangeMe\n"+test.queries)
			before := o.dovecot(text)
			after := o.start("dovecot", []string{"--user=" + o.owner.Name}, o.doveconf(text), ext)
			sameLogins(t, before, after, "ann@example.org password", "Ann@EXAMPLE.Org password", "ann@example.org wrong", "ann password", "bob@example.org bob",
				"eve@example.org eve", "'or'1'='1 x", "ann@example.com password", "nobody@example.org x")
		})
	}
}
