package main

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"io"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/hook"
	"tpops/pkg/workers"
)

// asProgram makes the test program the daemon.
const asProgram = "TPOPS_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if os.Getenv(asProgram) != "" || hook.IsHelper() || workers.IsChild() {
		main()
	}
	if os.Getenv(asVisitor) != "" {
		os.Exit(visit())
	}
	os.Exit(m.Run())
}

// command returns the daemon with these options, which is killed if it does not end.
func command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	t.Cleanup(cancel)
	cmd := exec.CommandContext(ctx, self, args...)
	cmd.Env = append(os.Environ(), asProgram+"=1", "JOURNAL_STREAM=")
	return cmd
}

// site writes a configuration with one user, ann, and returns its path.
func site(t *testing.T, more string) string {
	t.Helper()
	folder := t.TempDir()
	for _, name := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(folder, "ann", "Maildir", name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	write(t, filepath.Join(folder, "users"), fmt.Sprintf("ann:{PLAIN}secret::::%s/ann::\n", folder))
	name := filepath.Join(folder, "tpops.toml")
	write(t, name, fmt.Sprintf(`auth-type = "passwd-file"
passwd-file = "%s/users"
mail-roots = "%s"
port = "127.0.0.1:0"
syslog = "none"
%s`, folder, folder, more))
	return name
}

func write(t *testing.T, name, content string) {
	t.Helper()
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}

// TestExitCodes checks the exit codes and what is printed.
func TestExitCodes(t *testing.T) {
	good, empty := site(t, ""), filepath.Join(t.TempDir(), "empty.toml")
	write(t, empty, "")
	for _, test := range []struct {
		name   string
		args   []string
		code   int
		output string
	}{
		{"version", []string{"--version"}, 0, "tpops " + version + " (with"},
		{"help", []string{"--help"}, 0, "--help=all"},
		{"all of the help", []string{"--help=all"}, 0, "--guess-delay-max"},
		{"sample", []string{"--sample-config"}, 0, "passwd-file"},
		{"unknown option", []string{"--nonsense"}, 64, "try tpops --help"},
		{"no such file", []string{"--config=/nonexistent/tpops.toml"}, 78, "/nonexistent/tpops.toml"},
		{"check", []string{"--check-config", "--config=" + good}, 0, "The configuration is good."},
		{"check of an empty file", []string{"--check-config", "--config=" + empty}, 78, "the file is empty"},
		{"check of errors", []string{"--check-config", "--config=" + site(t, "tls-cert = \"/nonexistent/cert\"\n")}, 78, "/nonexistent/cert"},
		{"errors at startup", []string{"--fg", "--config=" + site(t, "tls-cert = \"/nonexistent/cert\"\n")}, 78, "/nonexistent/cert"},
		{"port in use", []string{"--fg", "--config=" + good, "--port=127.0.0.1:nosuchport"}, 64, "port"},
	} {
		t.Run(test.name, func(t *testing.T) {
			cmd := command(t, test.args...)
			output, err := cmd.CombinedOutput()
			if cmd.ProcessState == nil || cmd.ProcessState.ExitCode() != test.code || !strings.Contains(string(output), test.output) {
				t.Errorf("%v, want exit code %d and %q in\n%s", err, test.code, test.output, output)
			}
		})
	}
}

// TestInetd serves a session on standard input and output.
func TestInetd(t *testing.T) {
	cmd := command(t, "--inetd", "--config="+site(t, ""))
	cmd.Stdin = strings.NewReader("USER ann\r\nPASS secret\r\nSTAT\r\nQUIT\r\n")
	var stderr bytes.Buffer
	cmd.Stderr = &stderr
	output, err := cmd.Output()
	if got := strings.Count(string(output), "+OK"); err != nil || got != 5 || strings.Contains(string(output), "-ERR") {
		t.Errorf("%v, %q, standard error %q", err, output, stderr.String())
	}
}

// daemonLog reads the events of a daemon.
type daemonLog struct {
	t     *testing.T
	lines *bufio.Scanner
	all   bytes.Buffer
}

// find returns the next event that matches.
func (l *daemonLog) find(pattern string) []string {
	l.t.Helper()
	expression := regexp.MustCompile(pattern)
	for l.lines.Scan() {
		l.all.WriteString(l.lines.Text() + "\n")
		if found := expression.FindStringSubmatch(l.lines.Text()); found != nil {
			return found
		}
	}
	l.t.Fatalf("no event matches %s in\n%s", pattern, l.all.String())
	return nil
}

// TestDaemon starts the daemon with each process model, logs in, and sends SIGHUP and
// SIGTERM.
func TestDaemon(t *testing.T) {
	for _, model := range []string{"thread", "prefork", "fork"} {
		t.Run(model, func(t *testing.T) {
			name := site(t, "parallel-type = \""+model+"\"\n")
			pidFile := filepath.Join(filepath.Dir(name), "pid")
			cmd := command(t, "--fg", "--config="+name, "--pid-file="+pidFile)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			log := &daemonLog{t: t, lines: bufio.NewScanner(stderr)}
			address := log.find(`listening.*(127\.0\.0\.1:[0-9]+)`)[1]
			logIn(t, address)
			write(t, name, "nonsense")
			send(t, cmd, syscall.SIGHUP)
			log.find("configuration reload failed")
			write(t, name, "parallel-type = \""+model+"\"\nauth-type = \"passwd-file\"\npasswd-file = \""+filepath.Dir(name)+"/users\"\nmail-roots = \""+filepath.Dir(name)+"\"\n")
			send(t, cmd, syscall.SIGHUP)
			log.find("configuration reloaded")
			logIn(t, address)
			send(t, cmd, syscall.SIGTERM)
			log.find("stopped")
			if _, err := io.Copy(io.Discard, stderr); err != nil {
				t.Error(err)
			}
			if err := cmd.Wait(); err != nil {
				t.Errorf("%v in\n%s", err, log.all.String())
			}
			if _, err := os.Stat(pidFile); !os.IsNotExist(err) {
				t.Errorf("the PID file is left: %v", err)
			}
		})
	}
}

func send(t *testing.T, cmd *exec.Cmd, s os.Signal) {
	t.Helper()
	if err := cmd.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

// logIn opens a session and ends it.
func logIn(t *testing.T, address string) {
	t.Helper()
	conn, err := net.Dial("tcp", address)
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(2 * time.Minute)); err != nil {
		t.Fatal(err)
	}
	replies := bufio.NewReader(conn)
	for _, line := range []string{"", "USER ann\r\n", "PASS secret\r\n", "QUIT\r\n"} {
		if _, err := io.WriteString(conn, line); err != nil {
			t.Fatal(err)
		}
		if reply, err := replies.ReadString('\n'); err != nil || !strings.HasPrefix(reply, "+OK") {
			t.Fatalf("%q: %q, %v", line, reply, err)
		}
	}
}
