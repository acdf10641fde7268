//go:build release

package main

import (
	"bufio"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
)

// The package for arm64 has PAM. Its programs run under an emulator: PAM answers, and
// the daemon serves a mailbox.
func TestARM64(t *testing.T) {
	root := sharedRelease(t).unpacked(t, "tpops_1.0.0-1_arm64.deb")
	if got := output(t, "qemu-aarch64", filepath.Join(root, "usr/sbin/tpops"), "--version"); got != "tpops 1.0.0 (with PAM)\n" {
		t.Errorf("version: %q", got)
	}
	for login, want := range map[string]string{"cm9vdA==": `"known"`, "bm8tc3VjaC11c2Vy": `"no user"`} {
		cmd := exec.Command("qemu-aarch64", filepath.Join(root, "usr/libexec/tpops/tpops_pam"), "ask")
		cmd.Stdin = strings.NewReader(`{"ID":7,"Service":"other","Login":"` + login + `","Patience":60000000000}` + "\n")
		if out, err := cmd.CombinedOutput(); err != nil || !strings.Contains(string(out), want) {
			t.Errorf("PAM, want %s: %v %s", want, err, out)
		}
	}
	s := serveEmulated(t, filepath.Join(root, "usr/sbin/tpops"))
	for _, step := range [][2]string{
		{"", "+OK"}, {"USER ann", "+OK"}, {"PASS secret", "+OK ann has 1 messages"}, {"STAT", "+OK 1 18"},
		{"RETR 1", "+OK 18"}, {"", "Subject: hi"}, {"", ""}, {"", "body"}, {"", "."}, {"DELE 1", "+OK"}, {"QUIT", "+OK"},
	} {
		s.do(step[0], step[1])
	}
	if left, err := filepath.Glob(filepath.Join(s.maildir, "*/1.a*")); err != nil || len(left) != 0 {
		t.Errorf("after DELE and QUIT: %q, %v", left, err)
	}
}

// emulated is a session with a daemon for arm64.
type emulated struct {
	t       *testing.T
	conn    net.Conn
	lines   *bufio.Reader
	maildir string
}

// do sends a command, if there is one, and wants a line that begins so.
func (s *emulated) do(command, want string) {
	s.t.Helper()
	if command != "" {
		if _, err := fmt.Fprintf(s.conn, "%s\r\n", command); err != nil {
			s.t.Fatal(err)
		}
	}
	line, err := s.lines.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, want) {
		s.t.Fatalf("%s: %q, %v, want %q", command, line, err, want)
	}
}

// serveEmulated starts the daemon as the user nobody and connects to it.
func serveEmulated(t *testing.T, program string) *emulated {
	t.Helper()
	dir, err := os.MkdirTemp("", "tpops")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	output(t, "sh", "-c", `set -eu; cd "$1"; mkdir -p m/Maildir/cur m/Maildir/new m/Maildir/tmp; echo '# empty' >tpops.toml
		printf 'Subject: hi\n\nbody\n' >m/Maildir/new/1.a
		echo "ann:{PLAIN}secret:$(id -u nobody):$(id -g nobody)::$1/m:" >users
		chmod 755 .; chown -R nobody:nogroup m users`, "sh", dir)
	address, err := daemon.FreePort()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command("qemu-aarch64", program, "--fg", "--config="+dir+"/tpops.toml", "--port="+address, "--syslog=none",
		"--control-socket=none", "--parallel-type=thread", "--auth-type=passwd-file", "--passwd-file="+dir+"/users",
		"--mail-roots="+dir, "--user=nobody", "--group=nogroup")
	cmd.Stdout, cmd.Stderr = t.Output(), t.Output()
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // the error is that it was killed
	})
	conn, err := net.Dial("tcp", address)
	for deadline := time.Now().Add(time.Minute); err != nil && time.Now().Before(deadline); conn, err = net.Dial("tcp", address) {
		time.Sleep(50 * time.Millisecond)
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
	if err := conn.SetDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	return &emulated{t, conn, bufio.NewReader(conn), filepath.Join(dir, "m/Maildir")}
}
