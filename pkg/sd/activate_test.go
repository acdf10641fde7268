package sd

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestSystemdSocketActivate is served by systemd's own tool, in all the forms
// in which it passes sockets.
func TestSystemdSocketActivate(t *testing.T) {
	tool, err := exec.LookPath("systemd-socket-activate")
	if err != nil {
		t.Skip("needs systemd-socket-activate, of Debian's package systemd")
	}
	// Nobody else is on this loopback address, whatever port he has.
	pid := os.Getpid()
	loopback := fmt.Sprintf("127.%d.%d.%d:18110", 1+pid>>16&0x7f, pid>>8&0xff, pid&0xff)
	path := filepath.Join(t.TempDir(), "socket")
	tests := []struct {
		name, child, network, address string
		options                       []string
		sessions                      int // connections after each other
		want                          string
	}{
		{"listener", "echo", "tcp", loopback, []string{"--fdname=pop3"}, 1, "pop3 listening"},
		{"unix listener", "echo", "unix", path, []string{"--fdname=pop3"}, 1, "pop3 listening"},
		{"connection", "echo", "tcp", loopback, []string{"-a", "--fdname=connection"}, 3, "connection connected"},
		{"unix connection", "echo", "unix", path, []string{"-a", "--fdname=connection"}, 3, "connection connected"},
		{"inetd", "stdin", "tcp", loopback, []string{"-a", "--inetd"}, 3, "stdin connected"},
		{"unix inetd", "stdin", "unix", path, []string{"-a", "--inetd"}, 3, "stdin connected"},
		{"inetd, wait", "stdin", "tcp", loopback, []string{"--inetd"}, 1, "stdin listening"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			activate(t, tool, append(tt.options, "-l", tt.address), tt.child)
			for range tt.sessions {
				greeting, answer := talk(t, tt.network, tt.address)
				if greeting != tt.want || answer != "ping" {
					t.Errorf("greeted with %q, want %q; answered %q", greeting, tt.want, answer)
				}
			}
		})
	}
}

// activate starts the tool for a child, and returns when it listens.
func activate(t *testing.T, tool string, options []string, child string) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	args := append(options, "-E", childVariable+"="+child, "-E", noSleep, self, "-test.run=^$")
	cmd := exec.Command(tool, args...)
	messages, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(messages)
	t.Cleanup(func() {
		_ = cmd.Process.Kill() // It may have ended after its only session.
		rest, _ := io.ReadAll(lines)
		_ = cmd.Wait()
		if strings.Contains(string(rest), "error: ") {
			t.Errorf("%s", rest)
		}
	})
	for {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if strings.HasPrefix(line, "Listening on ") {
			return
		}
	}
}

// talk has one session and returns what the child said.
func talk(t *testing.T, network, address string) (greeting, answer string) {
	t.Helper()
	conn, err := net.Dial(network, address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if _, err := io.WriteString(conn, "ping\n"); err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	greeting, answer, _ = strings.Cut(strings.TrimSpace(string(text)), "\n")
	return greeting, answer
}
