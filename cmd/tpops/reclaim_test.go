package main

import (
	"bufio"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"testing"
	"time"

	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

// asVisitor makes the test program a process with a place in the guard's memory.
const asVisitor = "TPOPS_TEST_AS_VISITOR"

// visitor is a connection, and room the limits that leave room for one of them.
var (
	visitor = pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: func(*pop3.Refusal) {}}
	room    = guard.Limits{PerAddress: 1}
)

// visit takes the place, and keeps it until it is killed.
func visit() int {
	memory, err := guard.Attach(os.NewFile(3, "guard"), 0)
	if err != nil {
		return 71
	}
	if _, refusal := memory.With(room).Accept(visitor); refusal != nil {
		return 72
	}
	fmt.Println("ready")
	_, _ = io.Copy(io.Discard, os.Stdin)
	return 0
}

// startVisitor starts a process with the place, and returns what kills it.
func startVisitor(t *testing.T, memory *guard.Memory) (kill func()) {
	t.Helper()
	cmd := command(t)
	cmd.Env = append(os.Environ(), asVisitor+"=1")
	cmd.ExtraFiles = []*os.File{memory.File()}
	if _, err := cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return func() {
		_ = cmd.Process.Kill()
		_ = cmd.Wait() // It was killed.
	}
}

// passGuard has a daemon get a memory as one that systemd has stored.
func passGuard(t *testing.T, daemon *exec.Cmd, memory *guard.Memory) {
	t.Helper()
	shell, err := exec.LookPath("sh")
	if err != nil {
		t.Fatal(err)
	}
	daemon.Args = append([]string{"sh", "-c", `LISTEN_PID=$$ exec "$@"`, "sh"}, daemon.Args...)
	daemon.Path = shell
	daemon.Env = append(daemon.Env, "LISTEN_FDS=1", "LISTEN_FDNAMES=guard")
	daemon.ExtraFiles = []*os.File{memory.File()}
}

// A daemon of any process model frees the place of a process that was killed and that is
// not its child, also when it has given up the right to send it signals.
func TestReclaims(t *testing.T) {
	for _, model := range []string{"thread", "prefork", "fork"} {
		t.Run(model, func(t *testing.T) {
			memory, err := guard.New(4000)
			if err != nil {
				t.Fatal(err)
			}
			kill := startVisitor(t, memory)
			cmd := command(t, "--fg", "--config="+site(t, "parallel-type = \""+model+"\"\n"))
			passGuard(t, cmd, memory)
			stderr, err := cmd.StderrPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			log := &daemonLog{t: t, lines: bufio.NewScanner(stderr)}
			log.find("listening")
			kill()
			isFree := func() bool {
				p, refusal := memory.With(room).Accept(visitor)
				if refusal == nil {
					p.Close()
				}
				return refusal == nil
			}
			for until := time.Now().Add(time.Minute); !isFree(); time.Sleep(50 * time.Millisecond) {
				if time.Now().After(until) {
					t.Fatal("the place is taken")
				}
			}
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // It was killed.
		})
	}
}
