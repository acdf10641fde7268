package hook

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// script writes a shell script into a directory of its own, whose path replaces DIR.
func script(t *testing.T, text string) (program, dir string) {
	t.Helper()
	dir = t.TempDir()
	program = filepath.Join(dir, "hook")
	text = "#!/bin/sh\n" + strings.ReplaceAll(text, "DIR", dir) + "\n"
	if err := os.WriteFile(program, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	return program, dir
}

var alice = Login{
	User: "alice $(id) `id`\r\n; \xff", Remote: "2001:db8::9", RemotePort: "50000",
	Local: "192.0.2.8", LocalPort: "110", Session: "abc", Maildir: "/home/alice/Maildir",
}

// The program gets only the properties of the login.
func TestEnvironment(t *testing.T) {
	program, dir := script(t, `
		env -0 >DIR/env
		echo "$#$PWD$(readlink /proc/$$/fd/0)$(readlink /proc/$$/fd/1)" >DIR/rest
		readlink /proc/$$/fd/* | grep -c '^socket:' >>DIR/rest
		cut -d' ' -f1,5,6 /proc/$$/stat >DIR/ids
		echo $$ >>DIR/ids`)
	h, failures := newHelper(t, program, time.Minute, 1)
	h.Tell(alice)
	h.Close(time.Minute)
	if len(failures) > 0 {
		t.Fatal((<-failures).err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "env"))
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Split(strings.TrimSuffix(string(text), "\x00"), "\x00")
	got = slices.DeleteFunc(got, func(v string) bool { // which sh sets
		return strings.HasPrefix(v, "PWD=") || strings.HasPrefix(v, "_=") || strings.HasPrefix(v, "SHLVL=") || strings.HasPrefix(v, "OLDPWD=")
	})
	want := []string{
		path, "TPOPS_USER=" + alice.User, "TPOPS_REMOTE=2001:db8::9", "TPOPS_REMOTE_PORT=50000",
		"TPOPS_LOCAL=192.0.2.8", "TPOPS_LOCAL_PORT=110", "TPOPS_SESSION=abc", "TPOPS_MAILDIR=/home/alice/Maildir",
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("environment\n%q, want\n%q", got, want)
	}
	rest, err := os.ReadFile(filepath.Join(dir, "rest"))
	if err != nil || string(rest) != "0//dev/null/dev/null\n0\n" {
		t.Errorf("arguments, directory, input and output, sockets: %q, %v", rest, err)
	}
	ids, err := os.ReadFile(filepath.Join(dir, "ids"))
	if f := strings.Fields(string(ids)); err != nil || len(f) != 4 || f[0] != f[3] || f[1] != f[3] || f[2] != f[3] {
		t.Errorf("process, group, session: %q, %v", ids, err)
	}
}

func TestFailures(t *testing.T) {
	directory := t.TempDir()
	plain := filepath.Join(directory, "plain")
	if err := os.WriteFile(plain, []byte("#!/bin/sh\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	of := func(text string) string { program, _ := script(t, text); return program }
	tests := []struct{ name, program, want string }{
		{"succeeds", of("exit 0"), ""},
		{"succeeds with output", of("echo warning >&2"), ""},
		{"fails", of("exit 3"), "exit status 3"},
		{"reports the reason", of("echo 'no such map' >&2; echo more >&2; exit 1"), "exit status 1: no such map"},
		{"floods", of("head -c 10000000 /dev/zero | tr '\\0' x >&2; exit 1"), "exit status 1: " + strings.Repeat("x", maxLine)},
		{"floods its output", of("head -c 10000000 /dev/zero; exit 0"), ""},
		{"kills itself", of("kill -9 $$"), "signal: killed"},
		{"is missing", filepath.Join(directory, "missing"), "fork/exec " + directory + "/missing: no such file or directory"},
		{"is not executable", plain, "fork/exec " + plain + ": permission denied"},
		{"is a directory", directory, "fork/exec " + directory + ": permission denied"},
		{"writes a NUL", of("printf 'a\\0b\\n' >&2; exit 1"), "exit status 1: a?b"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			h, failures := newHelper(t, tt.program, time.Minute, 2)
			h.Tell(alice)
			h.Close(time.Minute)
			got := failure{}
			if len(failures) > 0 {
				got = <-failures
			}
			if tt.want == "" && got.err != nil || tt.want != "" && (got.err == nil || got.err.Error() != tt.want || got.login != alice) {
				t.Errorf("%.200v of %q, want %.200s", got.err, got.login, tt.want)
			}
		})
	}
}

// alive reports whether the process whose id is in the file runs.
func alive(t *testing.T, file string) bool {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	pid, err := strconv.Atoi(strings.TrimSpace(string(text)))
	if err != nil {
		t.Fatal(err)
	}
	return unix.Kill(pid, 0) == nil && !zombie(pid)
}

// dies waits until the killed process whose id is in the file has ended.
func dies(t *testing.T, file string) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); alive(t, file); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("the process still runs")
		}
	}
}

func zombie(pid int) bool {
	stat, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err != nil || strings.Contains(string(stat), ") Z ")
}

// A program that does not end is killed with its children. Then the program of the next
// login is started.
func TestHangs(t *testing.T) {
	program, dir := script(t, `
		test "$TPOPS_USER" = next && exec touch DIR/next
		sleep 1000 & echo $! >DIR/child
		echo waiting >&2
		wait`)
	h, failures := newHelper(t, program, 500*time.Millisecond, 1)
	start := time.Now()
	h.Tell(alice)
	h.Tell(Login{User: "next"})
	got := <-failures
	if got.err.Error() != "killed after 500ms: waiting" || time.Since(start) < 500*time.Millisecond {
		t.Errorf("%v after %v", got.err, time.Since(start))
	}
	dies(t, filepath.Join(dir, "child"))
	h.Close(time.Minute)
	if _, err := os.Stat(filepath.Join(dir, "next")); err != nil {
		t.Errorf("the next program: %v", err)
	}
}

// fifo makes a named pipe that is open for reading and writing until the test ends.
func fifo(t *testing.T, name string) *os.File {
	t.Helper()
	if err := unix.Mkfifo(name, 0o600); err != nil {
		t.Fatal(err)
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = file.Close() })
	return file
}

// Processes of the program's group are killed at its end. Processes outside the group
// do not delay the next program.
func TestLeftProcesses(t *testing.T) {
	program, dir := script(t, `
		sleep 1000 & echo $! >DIR/child
		setsid sleep 5 &
		exit 0`)
	h, failures := newHelper(t, program, time.Minute, 1)
	h.Tell(alice)
	h.Close(4 * time.Second)
	if len(failures) > 0 {
		t.Error((<-failures).err)
	}
	dies(t, filepath.Join(dir, "child"))
}

// The number of running programs is limited. Logins that cannot wait are dropped, which
// is reported once.
func TestMany(t *testing.T) {
	program, dir := script(t, `
		mkdir DIR/$$.running
		ls -d DIR/*.running | wc -l >>DIR/counts
		echo >DIR/started
		read line <DIR/gate
		rmdir DIR/$$.running`)
	gate, started := fifo(t, filepath.Join(dir, "gate")), fifo(t, filepath.Join(dir, "started"))
	h, failures := newHelper(t, program, time.Minute, 3)
	for range 3 {
		h.Tell(alice)
	}
	if _, err := io.ReadFull(started, make([]byte, 3)); err != nil {
		t.Fatal(err)
	}
	sent := 3
	for range 10_000 { // The helper reads none of them.
		h.Tell(alice)
		if len(failures) > 0 {
			break
		}
		sent++
	}
	for range 100 {
		h.Tell(alice)
	}
	if got := <-failures; !errors.Is(got.err, errBusy) || got.login != alice || len(failures) != 0 {
		t.Fatalf("%v, and %d more", got.err, len(failures))
	}
	if _, err := gate.WriteString(strings.Repeat("\n", 2*sent)); err != nil {
		t.Fatal(err)
	}
	h.Close(time.Minute)
	counts, err := os.ReadFile(filepath.Join(dir, "counts"))
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Fields(string(counts))
	if len(lines) < sent || slices.ContainsFunc(lines, func(n string) bool { return n != "1" && n != "2" && n != "3" }) {
		t.Errorf("%d of %d were started, at once %q", len(lines), sent, lines)
	}
}

// The end of the helper is reported once.
func TestGone(t *testing.T) {
	program, _ := script(t, "kill -9 $PPID")
	h, failures := newHelper(t, program, time.Minute, 1)
	h.Tell(alice)
	if got := <-failures; got.err != ErrGone || got.login != (Login{}) {
		t.Errorf("got %v of %v", got.err, got.login)
	}
	h.Tell(alice)
	h.Close(time.Minute)
	h.Tell(alice)
	if len(failures) != 0 {
		t.Errorf("another failure: %v", (<-failures).err)
	}
}

func TestNotStarted(t *testing.T) {
	h, failures := newHelper(t, "/", time.Minute, 1)
	h.command.Path = "/nowhere/at/all"
	if err := h.Start(); err == nil || h.Start() != err {
		t.Errorf("started: %v", err)
	}
	h.Tell(alice)
	h.Tell(alice)
	if got := <-failures; !errors.Is(got.err, ErrGone) || len(failures) != 0 {
		t.Errorf("got %v, and %d more", got.err, len(failures))
	}
	closed, _ := newHelper(t, "/", time.Minute, 1)
	closed.Close(0)
	if err := closed.Start(); err != ErrGone {
		t.Errorf("started after Close: %v", err)
	}
	var none *Helper
	none.Tell(alice)
	none.Close(0)
}

// After the end of the daemon, programs are killed at their time-out.
func TestDaemonEnds(t *testing.T) {
	program, dir := script(t, "echo $$ >DIR/pid.new; mv DIR/pid.new DIR/pid; exec sleep 1000")
	h, failures := newHelper(t, program, 2*time.Second, 1)
	h.Tell(alice)
	pid := filepath.Join(dir, "pid")
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if _, err := os.Stat(pid); err == nil {
			break
		}
	}
	h.Close(0)
	<-h.ended // this process has closed the socket
	if !alive(t, pid) {
		t.Error("killed at once")
	}
	dies(t, pid)
	if len(failures) != 0 {
		t.Errorf("got %v", (<-failures).err)
	}
}

func TestPackets(t *testing.T) {
	packet, err := alice.pack("text")
	if err != nil {
		t.Fatal(err)
	}
	if l, text, err := unpack(packet); err != nil || l != alice || text != "text" {
		t.Errorf("%v, %q, %v", l, text, err)
	}
	if _, err := (&Login{User: "a\x00b"}).pack(""); err != errNUL {
		t.Errorf("a NUL: %v", err)
	}
	if _, err := (&Login{User: strings.Repeat("x", maxPacket)}).pack(""); err != errLong {
		t.Errorf("too long: %v", err)
	}
	for _, packet := range []string{"", "a", strings.Repeat("\x00", 6), strings.Repeat("\x00", 8)} {
		if _, _, err := unpack([]byte(packet)); err != errPacket {
			t.Errorf("%q: %v", packet, err)
		}
	}
	h, failures := newHelper(t, "/", time.Minute, 1)
	h.Tell(Login{User: "a\x00b"})
	if got := <-failures; got.err != errNUL {
		t.Errorf("got %v", got.err)
	}
}

// After Finish no login starts a program. Failures of earlier logins are reported.
func TestFinish(t *testing.T) {
	program, dir := script(t, `echo >>DIR/started; exit 3`)
	h, failures := newHelper(t, program, time.Minute, 1)
	h.Tell(alice)
	h.Finish()
	h.Tell(alice)
	h.Close(time.Minute)
	if got := len(failures); got != 1 {
		t.Fatalf("%d failures, want 1", got)
	}
	if f := <-failures; f.err.Error() != "exit status 3" {
		t.Error(f.err)
	}
	text, err := os.ReadFile(filepath.Join(dir, "started"))
	if err != nil || string(text) != "\n" {
		t.Errorf("started %q, %v", text, err)
	}
}
