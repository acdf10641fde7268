package main

import (
	"bufio"
	"errors"
	"io"
	"net"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"
)

// TestStoppingReopensLogs rotates the access log of a daemon that waits for the end of its last
// session: the line of this session is in the new file.
func TestStoppingReopensLogs(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root can see the open files of the daemon")
	}
	for _, model := range []string{"thread", "prefork", "fork"} {
		t.Run(model, func(t *testing.T) {
			name := site(t, "parallel-type = \""+model+"\"\n")
			access := filepath.Join(filepath.Dir(name), "access")
			cmd := command(t, "--fg", "--config="+name, "--access-log="+access)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			log := &daemonLog{t: t, lines: bufio.NewScanner(stderr)}
			conn, replies := openSession(t, log.find(`listening.*(127\.0\.0\.1:[0-9]+)`)[1])
			send(t, cmd, syscall.SIGTERM)
			log.find("signal received.*terminated")
			if err := os.Rename(access, access+".1"); err != nil {
				t.Fatal(err)
			}
			if !isOpen(t, access+".1") {
				t.Fatal("the daemon does not have the renamed file open")
			}
			send(t, cmd, syscall.SIGHUP)
			waitUntil(t, "the daemon closes the renamed file", func() bool {
				_, err := os.Stat(access)
				return err == nil && (model == "fork" || !isOpen(t, access+".1")) // A child of fork has no right to after the login.
			})
			ask(t, conn, replies, "QUIT\r\n")
			if _, err := io.Copy(io.Discard, stderr); err != nil {
				t.Error(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v in\n%s", err, log.all.String())
			}
			if text, err := os.ReadFile(access); err != nil || model != "fork" && strings.Count(string(text), " ann ") != 1 {
				t.Errorf("%q, %v", text, err)
			}
		})
	}
}

// openSession logs in.
func openSession(t *testing.T, address string) (net.Conn, *bufio.Reader) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	replies := bufio.NewReader(conn)
	for _, line := range []string{"", "USER ann\r\n", "PASS secret\r\n"} {
		ask(t, conn, replies, line)
	}
	return conn, replies
}

// ask sends a command, unless it is empty, and checks its reply.
func ask(t *testing.T, conn net.Conn, replies *bufio.Reader, command string) {
	t.Helper()
	if _, err := io.WriteString(conn, command); err != nil {
		t.Fatal(err)
	}
	if reply, err := replies.ReadString('\n'); err != nil || !strings.HasPrefix(reply, "+OK") {
		t.Fatalf("%q: %q, %v", command, reply, err)
	}
}

// isOpen reports whether a process has a file open, of those that the test may look at.
func isOpen(t *testing.T, name string) bool {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/fd/[0-9]*")
	if err != nil || len(all) == 0 {
		t.Fatal(len(all), err)
	}
	for _, fd := range all {
		to, err := os.Readlink(fd)
		if err != nil && !errors.Is(err, os.ErrNotExist) && !errors.Is(err, os.ErrPermission) {
			t.Fatal(err)
		}
		if to == name {
			return true
		}
	}
	return false
}

// waitUntil waits until f returns true.
func waitUntil(t *testing.T, what string, f func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !f(); time.Sleep(10 * time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("%s does not happen", what)
		}
	}
}
