//go:build integration

package test

import (
	"bytes"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

func TestInUse(t *testing.T) {
	box := small(t)
	d := box.start(t)
	first := logIn(t, d)
	second := dial(t, d)
	second.ok("USER " + login)
	second.want("PASS "+password, `^-ERR \[IN-USE\] cannot lock$`)
	first.ok("QUIT")
	// The lock is given back before QUIT is answered.
	logIn(t, d)
}

// TestInUseFreedByKill kills the holder of the lock: the mailbox is free.
func TestInUseFreedByKill(t *testing.T) {
	box := small(t)
	killed, err := daemon.Start(program(t, "tpops"), "--auth-type=passwd-file", "--passwd-file="+box.users)
	if err != nil {
		t.Fatal(err)
	}
	s := logIn(t, killed)
	s.ok("DELE 1")
	killed.Kill()
	logIn(t, box.start(t)).ok("QUIT")
	if left := box.files(t); len(left) != 5 {
		t.Errorf("%d messages are left, want 5: there was no QUIT", len(left))
	}
}

// TestMaxServers fills the server: a further client waits, without an answer,
// until another has gone.
func TestMaxServers(t *testing.T) {
	d := small(t).start(t, "--max-servers=2")
	first, second := dial(t, d), dial(t, d)
	conn, err := net.Dial("tcp", d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	// The other two still being served shows that time has passed for the server.
	first.ok("CAPA")
	if err := conn.SetReadDeadline(time.Now().Add(100 * time.Millisecond)); err != nil {
		t.Fatal(err)
	}
	if n, err := conn.Read(make([]byte, 1)); n > 0 || err == nil {
		t.Fatal("a third client is served")
	}
	second.ok("QUIT")
	greeting, err := daemon.NewClient(conn).Line()
	if err != nil || !strings.HasPrefix(greeting, "+OK") {
		t.Errorf("the third client got %q, %v after the second had gone", greeting, err)
	}
}

// TestKillDuringQuit kills the server while it deletes many messages: each is
// either gone or there as it was, and those not marked are all there.
func TestKillDuringQuit(t *testing.T) {
	const count = 3000
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			var messages []corpus.Message
			for i := range count {
				messages = append(messages, corpus.Message{
					Name: fmt.Sprintf("cur/%d.M1P1.host:2,", 1700000000+i),
					Data: fmt.Appendf(nil, "Subject: %d\n\nbody of %d\n", i, i),
				})
			}
			box := newMailbox(t, messages)
			d, err := daemon.Start(program(t, "tpops"), "--auth-type=passwd-file", "--passwd-file="+box.users)
			if err != nil {
				t.Fatal(err)
			}
			s := logIn(t, d)
			var commands strings.Builder
			for n := 1; n <= count; n += 2 {
				fmt.Fprintf(&commands, "DELE %d\r\n", n)
			}
			if err := s.Send(commands.String() + "QUIT"); err != nil {
				t.Fatal(err)
			}
			// Kill after a different part of the work each time.
			limit := count - 1 - round*400
			eventually(t, "some are deleted", func() bool { return len(box.files(t)) <= limit })
			d.Kill()
			kept := 0
			for i, m := range messages {
				got, err := os.ReadFile(filepath.Join(box.dir, m.Name))
				switch {
				case err == nil && !bytes.Equal(got, m.Data):
					t.Errorf("message %d is damaged: %q", i+1, got)
				case err != nil && i%2 == 1:
					t.Errorf("message %d was not marked, and is gone", i+1)
				case err == nil:
					kept++
				}
			}
			again := logIn(t, box.start(t))
			if answer := again.ok("STAT"); !strings.HasPrefix(answer, fmt.Sprintf("+OK %d ", kept)) {
				t.Errorf("afterwards %q, want %d messages", answer, kept)
			}
		})
	}
}

// TestDiskFull fills the file system in the middle of a session: mail can
// still be read and deleted, and a new session begun.
func TestDiskFull(t *testing.T) {
	needRoot(t)
	disk := t.TempDir()
	command(t, "mount", "-t", "tmpfs", "-o", "size=2m", "tpops-test", disk)
	t.Cleanup(func() { command(t, "umount", disk) })
	messages := corpus.Messages(1, 5)
	box := mailbox{filepath.Join(disk, "Maildir"), filepath.Join(t.TempDir(), "users")}
	if err := corpus.Write(box.dir, messages); err != nil {
		t.Fatal(err)
	}
	if err := daemon.WriteUsers(box.users, daemon.User{Login: login, Password: "{PLAIN}" + password, Maildir: box.dir}); err != nil {
		t.Fatal(err)
	}
	d := box.start(t)
	s := logIn(t, d)
	fill(t, filepath.Join(disk, "filler"))
	if _, body, err := s.Multi("RETR 2"); err != nil || !bytes.Equal(body, corpus.Wire(messages[1].Data)) {
		t.Errorf("RETR on a full disk: %d octets, %v", len(body), err)
	}
	s.ok("DELE 1")
	s.ok("QUIT")
	if err := os.Remove(filepath.Join(box.dir, "tpops_lock")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	fill(t, filepath.Join(disk, "filler2"))
	s = logIn(t, d)
	s.want("STAT", `^\+OK 4 `)
	s.ok("DELE 1")
	s.ok("QUIT")
	if left := box.files(t); len(left) != 3 {
		t.Errorf("%d messages are left, want 3\n%s", len(left), d.Log())
	}
}

// TestReadOnly refuses a mailbox on a file system that is read-only: its client
// could delete nothing and would fetch the same mail at each login.
func TestReadOnly(t *testing.T) {
	needRoot(t)
	box := small(t)
	command(t, "mount", "--bind", box.dir, box.dir)
	t.Cleanup(func() { command(t, "umount", box.dir) })
	command(t, "mount", "-o", "remount,bind,ro", box.dir)
	d := box.start(t)
	s := dial(t, d)
	s.ok("USER " + login)
	s.want("PASS "+password, `^-ERR \[SYS/PERM\] `)
	if left := box.files(t); len(left) != 5 {
		t.Errorf("%d messages are left, want 5", len(left))
	}
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		return // Not even a name fits.
	}
	defer f.Close()
	for _, size := range []int{64 << 10, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
}

// startInetd starts a process for one connection, its standard input, as inetd
// and systemd do.
func startInetd(t *testing.T, params ...string) (session, *exec.Cmd) {
	t.Helper()
	return startInetdUnder(t, nil, params...)
}

// startInetdUnder has the process started by another program.
func startInetdUnder(t *testing.T, starter []string, params ...string) (session, *exec.Cmd) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	client, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	conn, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	file, err := conn.(*net.TCPConn).File()
	if err != nil {
		t.Fatal(err)
	}
	conn.Close()
	words := slices.Concat(starter, []string{program(t, "tpops")}, params, []string{"--inetd"})
	cmd := exec.Command(words[0], words[1:]...)
	cmd.Stdin, cmd.Stdout = file, file
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	file.Close()
	c := daemon.NewClient(client)
	greeting, err := c.Line()
	if err != nil || !strings.HasPrefix(greeting, "+OK TPOPS ready.") {
		t.Fatalf("greeting %q, %v", greeting, err)
	}
	return session{c, t}, cmd
}

// TestInetd serves one connection on standard input.
func TestInetd(t *testing.T) {
	box := small(t)
	s, cmd := startInetd(t, box.params()...)
	s.ok("USER " + login)
	s.ok("PASS " + password)
	s.ok("DELE 1")
	s.ok("QUIT")
	if rest, err := io.ReadAll(s.Conn); err != nil || len(rest) > 0 {
		t.Errorf("after QUIT came %q, %v", rest, err)
	}
	if err := cmd.Wait(); err != nil {
		t.Error(err)
	}
	if left := box.files(t); len(left) != 4 {
		t.Errorf("%d messages are left, want 4", len(left))
	}
}
