//go:build integration

package control_test

import (
	"encoding/json"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// usageBed is a configuration with usage-file, and users who log in in different ways.
type usageBed struct {
	dir, config, ca string
}

// loginScript is a client with Python's poplib: host, port, user, password, authority, and
// how to log in. It retrieves a message, and deletes one as user "new".
const loginScript = `
import poplib, ssl, sys
host, port, user, password, ca, how = sys.argv[1:]
context = ssl.create_default_context(cafile=ca)
if "1.2" in how:
    context.maximum_version = ssl.TLSVersion.TLSv1_2
if "implicit" in how:
    box = poplib.POP3_SSL(host, port, context=context)
else:
    box = poplib.POP3(host, port)
if "stls" in how:
    box.stls(context)
if how == "apop":
    box.apop(user, password)
else:
    box.user(user)
    box.pass_(password)
box.retr(1)
if user == "new":
    box.dele(1)
box.quit()
`

// usageClient is a client that logs in in one way.
type usageClient struct{ user, how, method, tls string }

var usageClients = []usageClient{
	{"clear", "clear", "USER", ""}, {"digest", "apop", "APOP", ""}, {"old", "implicit 1.2", "USER", "TLSv1.2"},
	{"stls", "stls 1.2", "USER", "TLSv1.2"}, {"new", "implicit", "USER", "TLSv1.3"}, {"both", "implicit 1.2", "USER", "TLSv1.2"},
	{"both", "implicit", "USER", "TLSv1.3"}, {"sasl", "curl", "PLAIN", "TLSv1.3"}, {"scram", "mpop", "SCRAM-SHA-256", ""},
}

// name is what the test calls the client.
func (c usageClient) name() string { return strings.TrimSpace(c.user + " " + c.method + " " + c.tls) }

// newUsageBed makes the configuration.
func newUsageBed(t *testing.T) *usageBed {
	t.Helper()
	b := &usageBed{dir: t.TempDir()}
	b.config, b.ca = filepath.Join(b.dir, "tpops.toml"), filepath.Join(b.dir, "ca.pem")
	authority := certstest.NewAuthority(t)
	cert, key := filepath.Join(b.dir, "cert.pem"), filepath.Join(b.dir, "key.pem")
	authority.Issue(t, certstest.Leaf{CommonName: "usage", Names: []string{"localhost", "127.0.0.1"}}).Write(t, cert, key)
	if err := os.WriteFile(b.ca, authority.PEM, 0o644); err != nil {
		t.Fatal(err)
	}
	b.writeUsers(t, "{PLAIN}"+fixture.Password)
	text := fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = %q\nusage-file = %q\ntls-cert = %q\ntls-key = %q\ntls-port = \"127.0.0.1:0\"\n"+
		"syslog = \"none\"\nmaildir-lock = \"no\"\ncontrol-socket = \"none\"\n", b.users(), filepath.Join(b.dir, "usage"), cert, key)
	if err := os.WriteFile(b.config, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return b
}

// users is the file of the users.
func (b *usageBed) users() string { return filepath.Join(b.dir, "users") }

// writeUsers writes the users with this stored password, and their mailboxes.
func (b *usageBed) writeUsers(t *testing.T, stored string) {
	t.Helper()
	var all []daemon.User
	for _, c := range usageClients {
		u := daemon.User{Login: c.user, Password: stored, Maildir: filepath.Join(b.dir, c.user)}
		if slices.Contains(all, u) {
			continue
		}
		all = append(all, u)
		if err := corpus.Write(u.Maildir, corpus.Messages(1, 20)); err != nil {
			t.Fatal(err)
		}
	}
	if err := daemon.WriteUsers(b.users(), all...); err != nil {
		t.Fatal(err)
	}
}

// run starts a daemon, has all clients log in, stops it, and returns which have failed.
func (b *usageBed) run(t *testing.T, params ...string) (failed []string) {
	t.Helper()
	d := fixture.Start(t, append([]string{"--config=" + b.config}, params...)...)
	implicit := fixture.ImplicitTLS(t, d)
	var running sync.WaitGroup
	results := make([]error, len(usageClients))
	for i, c := range usageClients {
		cmd := b.command(t, c, d.Port, implicit[strings.LastIndexByte(implicit, ':')+1:])
		running.Go(func() {
			out, err := cmd.CombinedOutput()
			if results[i] = err; err != nil {
				t.Logf("%s: %v: %s", c.name(), err, out[max(0, len(out)-200):])
			}
		})
	}
	running.Wait()
	for i, c := range usageClients {
		if results[i] != nil {
			failed = append(failed, c.name())
		}
	}
	fixture.Signal(t, d, 15)
	if _, err := d.Wait(); err != nil {
		t.Error(err)
	}
	return failed
}

// command returns the command of a client.
func (b *usageBed) command(t *testing.T, c usageClient, port, implicit string) *exec.Cmd {
	t.Helper()
	switch c.how {
	case "curl":
		return exec.CommandContext(t.Context(), "curl", "--silent", "--show-error", "--fail", "--cacert", b.ca, "--user", c.user+":"+fixture.Password,
			"--login-options", "AUTH=PLAIN", "--output", "/dev/null", "pop3s://127.0.0.1:"+implicit+"/1")
	case "mpop":
		mail := t.TempDir()
		rc := filepath.Join(mail, "mpoprc")
		text := fmt.Sprintf("account default\ntls off\nauth scram-sha-256\nhost 127.0.0.1\nport %s\nuser %s\npassword %s\nkeep on\nuidls_file %s\ndelivery mbox %s\n",
			port, c.user, fixture.Password, filepath.Join(mail, "uidls"), filepath.Join(mail, "mbox"))
		if err := os.WriteFile(rc, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
		return exec.CommandContext(t.Context(), "mpop", "--file="+rc, "--quiet")
	}
	if strings.Contains(c.how, "implicit") {
		port = implicit
	}
	return exec.CommandContext(t.Context(), "python3", "-c", loginScript, "127.0.0.1", port, c.user, fixture.Password, b.ca, c.how)
}

// usageRow is what tpopsctl usage prints with --json.
type usageRow struct {
	User, TLS, Method, Address, Mail string
	Implicit                         bool
	Logins, Retrieved, Deleted       int
	Other                            *bool
}

// usage returns the rows of tpopsctl usage by the names of clients.
func (b *usageBed) usage(t *testing.T, args ...string) map[string]usageRow {
	t.Helper()
	code, out, errs := fixture.RunTpopsctl(t, append([]string{"usage", "--json", "--config", b.config}, args...)...)
	if code != 0 {
		t.Fatalf("exit %d: %s", code, errs)
	}
	rows := map[string]usageRow{}
	for line := range strings.Lines(out) {
		var row usageRow
		if err := json.Unmarshal([]byte(line), &row); err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		rows[usageClient{user: row.User, method: row.Method, tls: row.TLS}.name()] = row
	}
	return rows
}
