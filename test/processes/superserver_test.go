//go:build integration

package processes

import (
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// inetd is a classic inetd (openbsd-inetd) that starts the server for each
// connection to a port of its own.
type inetd struct {
	t    *testing.T
	pid  int
	addr string
}

// superserver starts one that runs the server with the parameters, as root if
// the test is root.
func superserver(t *testing.T, params ...string) *inetd {
	t.Helper()
	addr, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	host, port, err := net.SplitHostPort(addr)
	if err != nil {
		t.Fatal(err)
	}
	owner := strconv.Itoa(os.Getuid())
	if os.Getuid() == 0 {
		owner = "root"
	}
	line := fmt.Sprintf("%s:%s stream tcp nowait.10000 %s %s tpops --inetd %s\n",
		host, port, owner, fixture.Program(t, "tpops"), strings.Join(params, " "))
	cmd := exec.Command("/usr/sbin/inetd", "-i", fixture.Write(t, "inetd.conf", line))
	fixture.Listen(t, cmd)
	return &inetd{t, cmd.Process.Pid, addr}
}

// servers returns the processes that inetd has started and that have not ended.
func (i *inetd) servers() []int {
	i.t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/task/%d/children", i.pid, i.pid))
	if err != nil {
		i.t.Fatal(err)
	}
	var pids []int
	for word := range strings.FieldsSeq(string(text)) {
		pid, err := strconv.Atoi(word)
		if err != nil {
			i.t.Fatal(err)
		}
		pids = append(pids, pid)
	}
	return pids
}

// wantNoServers waits until each connection's process has ended.
func (i *inetd) wantNoServers() {
	i.t.Helper()
	fixture.Eventually(i.t, "the processes end", func() bool { return len(i.servers()) == 0 })
}

// login logs in over a new connection.
func (i *inetd) login(name, password string) fixture.Session {
	i.t.Helper()
	c, greeting, err := daemon.Dial(i.addr)
	if err != nil || !strings.HasPrefix(greeting, "+OK TPOPS ready.") {
		i.t.Fatalf("greeting %q, %v", greeting, err)
	}
	i.t.Cleanup(func() { c.Close() })
	s := fixture.Session{Client: c, T: i.t}
	s.OK("USER " + name)
	s.OK("PASS " + password)
	return s
}

// TestSuperserver serves virtual users, many times and several at once.
func TestSuperserver(t *testing.T) {
	dir := t.TempDir()
	var users []daemon.User
	for n := range 6 {
		maildir := filepath.Join(dir, strconv.Itoa(n))
		if err := corpus.Write(maildir, corpus.Messages(1, 3)); err != nil {
			t.Fatal(err)
		}
		users = append(users, daemon.User{Login: "user" + strconv.Itoa(n), Password: "{PLAIN}" + fixture.Password, Maildir: maildir})
	}
	file := filepath.Join(dir, "users")
	if err := daemon.WriteUsers(file, users...); err != nil {
		t.Fatal(err)
	}
	i := superserver(t, "--auth-type=passwd-file", "--passwd-file="+file, "--syslog=none", "--error-interval=0")
	for range 30 {
		s := i.login("user0", fixture.Password)
		if status, body, err := s.Multi("RETR 2"); err != nil || !strings.HasPrefix(status, "+OK ") || len(body) == 0 {
			t.Fatalf("RETR: %q, %d octets, %v", status, len(body), err)
		}
		s.OK("QUIT")
		s.Closed()
	}
	var all sync.WaitGroup
	for n := range users {
		all.Go(func() { i.deleteOne(users[n].Login) })
	}
	all.Wait()
	for _, u := range users {
		if left := (fixture.Mailbox{Dir: u.Maildir}).Files(t); len(left) != 2 {
			t.Errorf("%s: %d messages are left, want 2", u.Login, len(left))
		}
	}
	i.wantNoServers()

	c, _, err := daemon.Dial(i.addr)
	if err != nil {
		t.Fatal(err)
	}
	s := fixture.Session{Client: c, T: t}
	s.OK("USER user1")
	s.Want("PASS wrong", `^-ERR \[AUTH\] authentication failed$`)
	s.Closed()
	i.login("user1", fixture.Password).Close() // without QUIT
	i.wantNoServers()
}

// deleteOne deletes a message in a session of its own. It may run beside the
// test's goroutine.
func (i *inetd) deleteOne(name string) {
	c, err := daemon.Login(i.addr, name, fixture.Password)
	if err != nil {
		i.t.Error(err)
		return
	}
	defer c.Close()
	for _, command := range []string{"DELE 1", "NOOP", "QUIT"} {
		if answer, err := c.Command(command); err != nil || !strings.HasPrefix(answer, "+OK") {
			i.t.Errorf("%s: %s: %q, %v", name, command, answer, err)
		}
	}
}

// TestSuperserverSaysNothing shows that what the server has to say of itself never
// reaches the client, whose connection is its standard error too.
func TestSuperserverSaysNothing(t *testing.T) {
	for _, params := range [][]string{
		{"--config=/nonexistent/tpops.toml", "--syslog=none"},
		{"--auth-type=passwd-file", "--passwd-file=/nonexistent/users", "--syslog=none"},
		{"--no-such-parameter"},
		{"--auth-type=passwd-file", "--passwd-file=/etc/hostname", "--port=110"},
	} {
		i := superserver(t, params...)
		var d net.Dialer
		conn, err := d.DialContext(context.Background(), "tcp", i.addr)
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		if said, err := io.ReadAll(conn); len(said) != 0 || err != nil {
			t.Errorf("%q: the client got %q, %v", params, said, err)
		}
		i.wantNoServers()
	}
}

// TestSuperserverSystemUser looks at the process of a session: after login it is the
// user's in every thread. The program of login-hook is started before that.
func TestSuperserverSystemUser(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	hook, dir := fixture.HookScript(t, `id -u >FOLDER/id.new; echo "$TPOPS_USER $TPOPS_REMOTE $TPOPS_MAILDIR" >>FOLDER/id.new; mv FOLDER/id.new FOLDER/id`)
	access := filepath.Join(t.TempDir(), "access")
	i := superserver(t, "--auth-type=passwd", "--syslog=none", "--error-interval=0", "--access-log="+access, "--login-hook="+hook)
	s := i.login(u.Name, u.Password)
	servers := i.servers()
	if len(servers) != 1 {
		t.Fatalf("%d processes for one connection", len(servers))
	}
	four := func(id int) string { return strings.Join(slices.Repeat([]string{strconv.Itoa(id)}, 4), "\t") }
	for field, want := range map[string]string{
		"Uid": four(u.UID), "Gid": four(u.GID), "CapEff": "0000000000000000", "CapPrm": "0000000000000000",
	} {
		threads, err := daemon.Status(servers[0], field)
		if err != nil || len(threads) == 0 {
			t.Fatal(err)
		}
		for _, got := range threads {
			if got != want {
				t.Errorf("%s of a thread is %q, want %q", field, got, want)
			}
		}
	}
	if _, body, err := s.Multi("RETR 2"); err != nil || len(body) == 0 {
		t.Errorf("RETR: %d octets, %v", len(body), err)
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	s.Closed()
	i.wantNoServers()
	if left := u.Box.Files(t); len(left) != 2 {
		t.Errorf("%d messages are left, want 2", len(left))
	}
	if line, err := os.ReadFile(access); err != nil || !strings.HasPrefix(string(line), "127.0.0.1 ") || !strings.Contains(string(line), " "+u.Name+" 3 ") {
		t.Errorf("access log: %q, %v", line, err)
	}
	want := "0\n" + u.Name + " 127.0.0.1 " + u.Box.Dir + "\n"
	if got, err := os.ReadFile(filepath.Join(dir, "id")); err != nil || string(got) != want {
		t.Errorf("login-hook: %q, %v; want %q", got, err, want)
	}
}
