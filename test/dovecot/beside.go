package dovecot

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// besideConfig has Dovecot deliver and serve IMAP besides POP3, as it does while
// mailboxes move to another POP3 server. It is a format for the port of IMAP and
// the folder.
const besideConfig = `
protocols = pop3 imap lmtp
postmaster_address = postmaster@example.org
auth_failure_delay = 0
mail_max_userip_connections = 0
service imap-login {
  inet_listener imap {
    port = %[1]s
  }
  inet_listener imaps {
    port = 0
  }
}
service lmtp {
  unix_listener %[2]s/lmtp {
    mode = 0666
  }
}
`

// beside is a Dovecot and a TPOPS that serve the same Maildirs.
type beside struct {
	*Server
	t    *testing.T
	imap string // host:port
	ours *daemon.Daemon
	args []string // of ours
}

// startBeside starts both. more is configuration for Dovecot, args are
// parameters for TPOPS.
func startBeside(t *testing.T, more string, args ...string) *beside {
	t.Helper()
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	b := &beside{t: t, imap: addr}
	b.Server = startIn(t, "pop3", func(dir string) string {
		return fmt.Sprintf(besideConfig, strings.TrimPrefix(addr, "127.0.0.1:"), dir) + more
	})
	users := fixture.Write(t, "users", b.Users())
	b.args = append([]string{"--auth-type=passwd-file", "--passwd-file=" + users, "--maildir-uidl=dovecot"}, args...)
	b.ours = fixture.Start(t, b.args...)
	return b
}

// restart ends TPOPS and starts another.
func (b *beside) restart() {
	b.t.Helper()
	if err := b.ours.Stop(); err != nil {
		b.t.Fatal(err)
	}
	b.ours = fixture.Start(b.t, b.args...)
}

// lda has Dovecot's delivery program deliver a message.
func (b *beside) lda(user int, text string) {
	b.t.Helper()
	cmd := exec.Command("/usr/lib/dovecot/dovecot-lda", "-c", filepath.Join(b.dir, "conf"), "-d", fmt.Sprintf("user%d", user))
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil {
		b.t.Fatalf("dovecot-lda: %v\n%s%s", err, out, b.Log())
	}
}

// poll returns the UIDLs that a server lists for a user.
func (b *beside) poll(addr string, user int) []string {
	b.t.Helper()
	c, err := daemon.Login(addr, fmt.Sprintf("user%d", user), fixture.Password)
	if err != nil {
		b.t.Fatalf("%s: %v\n%s\n%s", addr, err, b.Log(), b.ours.Log())
	}
	defer c.Close()
	status, lines, err := c.Multi("UIDL")
	if err != nil || !strings.HasPrefix(status, "+OK") {
		b.t.Fatalf("UIDL: %q, %v\n%s", status, err, b.Log())
	}
	if _, err := c.Command("QUIT"); err != nil {
		b.t.Fatal(err)
	}
	return slices.Collect(strings.Lines(string(lines)))
}

// same checks that both list the same UIDLs in the same order, and returns them.
func (b *beside) same(step string, user int, oursFirst bool) []string {
	b.t.Helper()
	order := []string{b.Addr, b.ours.Addr}
	if oursFirst {
		slices.Reverse(order)
	}
	first := b.poll(order[0], user)
	second := b.poll(order[1], user)
	if !slices.Equal(first, second) {
		b.t.Fatalf("%s, user%d, we first %v:\n%q\n%q\n%s\n%s", step, user, oursFirst, first, second, b.list(user), b.ours.Log())
	}
	return first
}

// list returns Dovecot's list of a user.
func (b *beside) list(user int) string {
	return fixture.Read(b.t, filepath.Join(b.Maildir(user), "dovecot-uidlist"))
}

// own gives a file to the owner of the mailboxes.
func (b *beside) own(paths ...string) {
	b.t.Helper()
	fixture.Command(b.t, "chown", append([]string{"-R", fmt.Sprintf("%d:%d", clients.Nobody, clients.Nobody)}, paths...)...)
}
