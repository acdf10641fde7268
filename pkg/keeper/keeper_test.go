package keeper

import (
	"bufio"
	"context"
	"fmt"
	"net"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"syscall"
	"testing"
	"time"

	"tpops/pkg/sd"
)

// behaviour is the variable with what the child does in a test.
const behaviour = "TPOPS_TEST_KEEPER"

// TestMain is also the keeper and its child.
func TestMain(m *testing.M) {
	does := os.Getenv(behaviour)
	if does == "" {
		os.Exit(m.Run())
	}
	signals := make(chan os.Signal, 8)
	signal.Notify(signals, syscall.SIGTERM, syscall.SIGHUP, syscall.SIGINT)
	kept := sd.HasKeeper()
	sockets, err := sd.Sockets()
	if err != nil {
		panic(err)
	}
	n, err := sd.NewNotifier()
	if err != nil {
		panic(err)
	}
	if kept {
		os.Exit(child(does, n, signals))
	}
	if does == "count" {
		os.Exit(count(n, sockets, signals))
	}
	code, err := Run(n, sockets, signals)
	if err != nil {
		panic(err)
	}
	os.Exit(code)
}

// count is Run and prints each signal that it sends. The child cannot count them: the kernel
// keeps one of those that are sent quickly one after the other.
func count(n *sd.Notifier, sockets []sd.Socket, signals chan os.Signal) int {
	k, err := start(n, sockets, signals)
	if err != nil {
		panic(err)
	}
	send := k.send
	k.send = func(s os.Signal) error {
		fmt.Println(s)
		return send(s)
	}
	return k.keep()
}

// child is the process that serves.
func child(does string, n *sd.Notifier, signals <-chan os.Signal) int {
	if does == "hang" { // before the test can send the signal
		signal.Notify(make(chan os.Signal, 1), syscall.SIGABRT) // No one reads it.
	}
	if err := n.Ready(); err != nil {
		return 99
	}
	switch does {
	case "hang":
		time.Sleep(time.Hour)
	case "die":
		_ = syscall.Kill(os.Getpid(), syscall.SIGKILL)
	case "count":
		for s := range signals {
			if s == syscall.SIGINT {
				return 3
			}
		}
	case "leave":
		fmt.Println(os.Getpid())
		<-signals
		if n.Release(context.Background()) != nil {
			return 99
		}
		fmt.Println("on its own")
		<-signals
		fmt.Println("done")
		return 0
	}
	fmt.Println(<-signals)
	if does == "orphan" {
		<-n.KeeperGone()
		fmt.Println("orphaned")
	}
	return 3
}

// process is a keeper that runs.
type process struct {
	*exec.Cmd
	out *bufio.Reader
}

// startKeeper starts a keeper whose child has reported that it is ready.
func startKeeper(t *testing.T, does string) *process {
	t.Helper()
	name := filepath.Join(t.TempDir(), "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: name, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer systemd.Close()
	cmd := exec.Command(self)
	cmd.Env = append(os.Environ(), behaviour+"="+does, "NOTIFY_SOCKET="+name)
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cmd.Process.Kill() })
	if err := systemd.SetReadDeadline(time.Now().Add(30 * time.Second)); err != nil {
		t.Fatal(err)
	}
	buf := make([]byte, 100)
	if n, err := systemd.Read(buf); err != nil || string(buf[:n]) != "READY=1\n" {
		t.Fatalf("systemd got %q, %v", buf[:n], err)
	}
	return &process{cmd, bufio.NewReader(out)}
}

func (p *process) signal(t *testing.T, s os.Signal) {
	t.Helper()
	if err := p.Process.Signal(s); err != nil {
		t.Fatal(err)
	}
}

func (p *process) want(t *testing.T, line string) {
	t.Helper()
	if got, err := p.out.ReadString('\n'); got != line+"\n" {
		t.Fatalf("the child printed %q, %v; want %q", got, err, line)
	}
}

// A signal reaches the child, and its exit code is that of the keeper.
func TestSignal(t *testing.T) {
	for _, s := range []syscall.Signal{syscall.SIGTERM, syscall.SIGHUP} {
		p := startKeeper(t, "obey")
		p.signal(t, s)
		p.want(t, s.String())
		_ = p.Wait()
		if code := p.ProcessState.ExitCode(); code != 3 {
			t.Errorf("%v: %v", s, p.ProcessState)
		}
	}
}

// A signal is passed on once: a second SIGHUP would read the configuration again.
func TestSignalOnce(t *testing.T) {
	p := startKeeper(t, "count")
	for range 50 { // A second one may come after the next signal, but not each time.
		for _, s := range []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM} {
			p.signal(t, s)
			p.want(t, s.String())
		}
	}
	p.signal(t, syscall.SIGINT)
	p.want(t, "interrupt")
}

// The keeper ends by the signal that has ended its child.
func TestKilledChild(t *testing.T) {
	p := startKeeper(t, "die")
	_ = p.Wait()
	if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("%v", p.ProcessState)
	}
}

// A child that does not obey the watchdog is killed.
func TestAbort(t *testing.T) {
	p := startKeeper(t, "hang")
	p.signal(t, syscall.SIGABRT)
	_ = p.Wait()
	if status := p.ProcessState.Sys().(syscall.WaitStatus); status.Signal() != syscall.SIGKILL {
		t.Errorf("%v", p.ProcessState)
	}
}

// A child that leaves the service goes on after its keeper has ended.
func TestLeave(t *testing.T) {
	p := startKeeper(t, "leave")
	pid := 0
	if _, err := fmt.Fscanln(p.out, &pid); err != nil {
		t.Fatal(err)
	}
	p.signal(t, syscall.SIGTERM)
	p.want(t, "on its own")
	if state, err := p.Process.Wait(); err != nil || state.ExitCode() != 0 {
		t.Fatalf("the keeper: %v, %v", state, err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	p.want(t, "done")
}

// A child notices that its keeper was killed.
func TestOrphan(t *testing.T) {
	p := startKeeper(t, "orphan")
	p.signal(t, syscall.SIGHUP)
	p.want(t, "hangup")
	p.signal(t, syscall.SIGKILL)
	p.want(t, "orphaned")
}
