//go:build integration || cluster || nfs

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// backend is a server with some of the users.
type backend struct {
	*daemon.Daemon
	mail, socket string
}

// newBackend starts a server that knows all users, with mail in a directory of its own.
func newBackend(t *testing.T, users []*mailUser, mail string) backend {
	t.Helper()
	b := backend{mail: mail, socket: filepath.Join(t.TempDir(), "control")}
	file := filepath.Join(t.TempDir(), "users")
	var rows []daemon.User
	for _, u := range users {
		rows = append(rows, daemon.User{Login: u.login, Password: "{PLAIN}" + u.password, Maildir: filepath.Join(mail, u.login)})
	}
	if err := daemon.WriteUsers(file, rows...); err != nil {
		t.Fatal(err)
	}
	b.Daemon = fixture.Start(t, "--auth-type=passwd-file", "--passwd-file="+file, "--control-socket="+b.socket, "--syslog=none")
	return b
}

// TestMoveUser moves a user from one backend to another, with the steps of tpops-cluster(7),
// while all clients are connected to the proxy.
func TestMoveUser(t *testing.T) {
	var users []*mailUser
	old, mail := t.TempDir(), t.TempDir()
	for n := range 3 {
		u := newMailUser(t, old, n)
		u.address = "127.0.0.1"
		users = append(users, u)
	}
	from, to := newBackend(t, users, old), newBackend(t, users, mail)
	route := func(server string) {
		text := fmt.Sprintf("%s::::::pop-server=%s\n", users[0].login, server)
		for _, u := range users[1:] {
			text += fmt.Sprintf("%s::::::pop-server=%s\n", u.login, from.Addr)
		}
		rename(t, filepath.Join(old, "routes"), text)
	}
	route(from.Addr)
	front := backend{socket: filepath.Join(t.TempDir(), "control")}
	front.Daemon = fixture.ProxyBefore(t, "127.0.0.1:1", "--auth-type=passwd-file", "--passwd-file="+filepath.Join(old, "routes"),
		"--control-socket="+front.socket)
	l := newLoad(t, users, front.Addr)
	l.recovered("start", time.Now())
	moved := users[0]
	copyMail(t, moved.dir, filepath.Join(mail, moved.login))
	moved.queue(true)
	route("127.0.0.1:1")
	if _, err := moved.dial(front.Addr); err == nil || !strings.Contains(err.Error(), "[SYS/TEMP]") {
		t.Errorf("login while the mail is moved: %v", err)
	}
	for _, b := range []backend{front, from} {
		kick(t, b, moved.login)
	}
	copyMail(t, moved.dir, filepath.Join(mail, moved.login))
	if err := os.Rename(moved.dir, moved.dir+".moved"); err != nil {
		t.Fatal(err)
	}
	moved.mu.Lock()
	moved.dir = filepath.Join(mail, moved.login)
	moved.mu.Unlock()
	route(to.Addr)
	moved.queue(false)
	l.recovered("user moved", time.Now())
	l.end(users)
	fixture.Logged(t, to, " user="+moved.login)
	if strings.Contains(to.Log(), " user="+users[1].login) {
		t.Errorf("the new backend serves other users:\n%s", to.Log())
	}
}

// queue stops the delivery of mail, or starts it again.
func (u *mailUser) queue(stopped bool) {
	u.mu.Lock()
	u.queued = stopped
	u.mu.Unlock()
}

// rename replaces a file in one step.
func rename(t *testing.T, file, text string) {
	t.Helper()
	if err := os.WriteFile(file+".next", []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file+".next", file); err != nil {
		t.Fatal(err)
	}
}

// copyMail copies a Maildir. While it is in use files vanish, with exit status 24.
func copyMail(t *testing.T, from, to string) {
	t.Helper()
	cmd := exec.Command("rsync", "-a", "--delete", from+"/", to+"/")
	if out, err := cmd.CombinedOutput(); err != nil && cmd.ProcessState.ExitCode() != 24 {
		t.Fatalf("rsync: %v\n%s", err, out)
	}
}

// kick ends the user's sessions, if there are any.
func kick(t *testing.T, b backend, login string) {
	t.Helper()
	if code, out, errs := fixture.RunTpopsctl(t, "kick", "--socket="+b.socket, "--user="+login); code > 1 {
		t.Fatalf("exit %d, %s%s", code, out, errs)
	}
}
