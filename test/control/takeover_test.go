//go:build integration

package control_test

import (
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestTakeOver checks that a login ends a session whose client is silent, in whichever
// process it is, without deleting anything.
func TestTakeOver(t *testing.T) {
	t.Parallel()
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		box := fixture.Small(t)
		d := box.Start(t, parallelType, "--lock-takeover=1")
		first := fixture.LogIn(t, d)
		first.OK("DELE 1")
		second := fixture.LogIn(t, d) // It waits until the first one has been silent for long enough.
		second.Want("STAT", `^\+OK 5 `)
		first.Silent()
		second.OK("QUIT")
		fixture.Eventually(t, "the end of the first session is logged", func() bool {
			return strings.Contains(d.Log(), "taken over") && strings.Contains(d.Log(), "client silent for")
		})
		if n := len(box.Files(t)); n != 5 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// TestTakeOverPlace checks that a silent session does not use up the only place of its user,
// also if the path of the Maildir is long.
func TestTakeOverPlace(t *testing.T) {
	t.Parallel()
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		box := fixture.Small(t)
		long := filepath.Join(filepath.Dir(box.Dir), strings.Repeat("x", 200), strings.Repeat("y", 200))
		if err := errors.Join(os.MkdirAll(filepath.Dir(long), 0o755), os.Rename(box.Dir, long)); err != nil {
			t.Fatal(err)
		}
		box.Dir = long
		if err := daemon.WriteUsers(box.Users, daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: long}); err != nil {
			t.Fatal(err)
		}
		d := box.Start(t, parallelType, "--lock-takeover=1", "--max-per-user=1")
		first := fixture.LogIn(t, d)
		first.OK("DELE 1")
		fixture.Eventually(t, "the first session gives its place back", func() bool { return canLogIn(t, d) })
		first.Silent()
		fixture.Logged(t, d, "taken over")
		if n := len(box.Files(t)); n != 5 {
			t.Errorf("%d messages are left", n)
		}
	})
}

// TestTakeOverNot checks that the client of a login reads the address and the age of a
// session that goes on.
func TestTakeOverNot(t *testing.T) {
	t.Parallel()
	for _, parallelType := range []string{"prefork", "fork"} { // test/maildir has thread.
		t.Run(parallelType, func(t *testing.T) {
			t.Parallel()
			d := fixture.Small(t).Start(t, "--parallel-type="+parallelType)
			first := fixture.LogIn(t, d)
			second := fixture.Dial(t, d)
			second.OK("USER " + fixture.User)
			second.Want("PASS "+fixture.Password, `^-ERR \[IN-USE\] cannot lock: in use from 127\.0\.0\.1 for 0 min$`)
			first.OK("QUIT")
		})
	}
}

// TestTakeOverVanished checks that a login ends a session whose client has vanished from
// the network: while it waited, and in a RETR.
func TestTakeOverVanished(t *testing.T) {
	fixture.NeedRoot(t)
	t.Parallel()
	for i, parallelType := range fixture.ParallelTypes() {
		t.Run(parallelType, func(t *testing.T) {
			t.Parallel()
			large := corpus.Messages(1, 1)
			large[0].Data = []byte("Subject: large\n\n" + strings.Repeat(strings.Repeat("x", 70)+"\n", 400_000))
			far := newNetwork(t, i)
			var boxes []fixture.Mailbox
			var servers []*daemon.Daemon
			for range 2 {
				box := fixture.NewMailbox(t, large)
				d := box.Start(t, "--parallel-type="+parallelType, "--port=0.0.0.0:0", "--lock-takeover=3600")
				boxes, servers = append(boxes, box), append(servers, d)
			}
			waits, reads := far.logIn(t, servers[0]), far.logIn(t, servers[1])
			waits.OK("DELE 1")
			if _, err := reads.Conn.Write([]byte("RETR 1\r\n")); err != nil {
				t.Fatal(err)
			}
			if answer, err := reads.Line(); err != nil || !strings.HasPrefix(answer, "+OK") {
				t.Fatal(answer, err)
			}
			far.vanish(t)
			// The kernel has to find out first.
			fixture.Eventually(t, "both mailboxes can be opened", func() bool { return canLogIn(t, servers[0]) && canLogIn(t, servers[1]) })
			for i, d := range servers {
				fixture.Logged(t, d, "no answer from the client for")
				if n := len(boxes[i].Files(t)); n != 1 {
					t.Errorf("%d messages are left", n)
				}
			}
		})
	}
}

// canLogIn reports whether a login succeeds.
func canLogIn(t *testing.T, d *daemon.Daemon) bool {
	s := fixture.Dial(t, d)
	s.OK("USER " + fixture.User)
	answer, err := s.Command("PASS " + fixture.Password)
	if err == nil && strings.HasPrefix(answer, "+OK") {
		s.OK("QUIT")
		return true
	}
	return false
}

// network is a network of its own with one address.
type network struct {
	name, link string
	server     string // address of the daemon in it
	file       *os.File
}

// newNetwork makes a network and removes it at the end of the test.
func newNetwork(t *testing.T, i int) *network {
	t.Helper()
	id := fmt.Sprintf("tp%d-%d", os.Getpid()%100_000, i)
	n := &network{name: id, link: id + "p", server: fmt.Sprintf("198.18.%d.1", 200+i)}
	run(t, "ip", "netns", "add", id)
	t.Cleanup(func() { exec.Command("ip", "netns", "del", id).Run() })
	run(t, "ip", "link", "add", id, "type", "veth", "peer", "name", n.link, "netns", id)
	t.Cleanup(func() { exec.Command("ip", "link", "del", id).Run() })
	run(t, "ip", "address", "add", n.server+"/24", "dev", id)
	run(t, "ip", "link", "set", id, "up")
	run(t, "ip", "-n", id, "address", "add", strings.TrimSuffix(n.server, "1")+"2/24", "dev", n.link)
	run(t, "ip", "-n", id, "link", "set", n.link, "up")
	var err error
	if n.file, err = os.Open("/run/netns/" + id); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { n.file.Close() })
	return n
}

// vanish makes the network drop all packets for its clients, without an answer.
func (n *network) vanish(t *testing.T) { run(t, "ip", "-n", n.name, "address", "flush", "dev", n.link) }

func run(t *testing.T, words ...string) {
	t.Helper()
	if out, err := exec.Command(words[0], words[1:]...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v, %s", words, err, out)
	}
}

// logIn logs in from the network.
func (n *network) logIn(t *testing.T, d *daemon.Daemon) fixture.Session {
	t.Helper()
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		runtime.LockOSThread() // Never unlocked: the thread ends with the goroutine.
		if err := unix.Setns(int(n.file.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, err}
			return
		}
		conn, err := net.Dial("tcp", net.JoinHostPort(n.server, d.Port))
		done <- result{conn, err}
	}()
	r := <-done
	if r.err != nil {
		t.Fatal(r.err)
	}
	t.Cleanup(func() { r.conn.Close() })
	s := fixture.Session{Client: daemon.NewClient(r.conn), T: t}
	if greeting, err := s.Line(); err != nil || !strings.HasPrefix(greeting, "+OK") {
		t.Fatal(greeting, err)
	}
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	return s
}
