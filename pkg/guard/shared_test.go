package guard

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/netip"
	"os"
	"os/exec"
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// childVariable makes this test binary a process with connections.
const childVariable = "TPOPS_GUARD_CHILD"

func TestMain(m *testing.M) {
	if os.Getenv(childVariable) != "" {
		if err := child(); err != nil {
			fmt.Println(err)
			os.Exit(1)
		}
		os.Exit(0)
	}
	os.Exit(m.Run())
}

// child has three connections of an address with failed logins, and waits to be
// killed.
func child() error {
	m, err := Attach(os.NewFile(3, "guard"), 100)
	if err != nil {
		return err
	}
	g := m.With(allLimits)
	for i := range 3 {
		p, refusal := g.Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Resumed: true, Evict: ignoreEviction})
		if refusal != nil {
			return refusal
		}
		p.End("mrose", fmt.Errorf("%w", pop3.ErrAuth))
		p.End("mrose", fmt.Errorf("%w", pop3.ErrAuth))
		if i == 0 {
			p.LogIn("other", 0)
		}
	}
	fmt.Println("ready")
	_, err = io.Copy(io.Discard, os.Stdin)
	return err
}

// startChild starts a child process and returns when it has its connections.
func startChild(t *testing.T, m *Memory) (cmd *exec.Cmd, stop func()) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd = exec.Command(self)
	cmd.Env = append(os.Environ(), childVariable+"=1")
	cmd.ExtraFiles = []*os.File{m.File()}
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	var once sync.Once
	stop = func() {
		once.Do(func() {
			_ = cmd.Process.Kill()
			_ = cmd.Wait() // It was killed.
			_ = stdin.Close()
		})
	}
	t.Cleanup(stop)
	if line, err := bufio.NewReader(stdout).ReadString('\n'); line != "ready\n" {
		t.Fatalf("%q, %v", line, err)
	}
	return cmd, stop
}

// Processes share the state, and Reclaim frees the slots of a killed process.
func TestProcesses(t *testing.T) {
	m, err := New(100)
	if err != nil {
		t.Fatal(err)
	}
	w := &testGuard{Guard: m.With(Limits{PerAddress: 4, GuessDelayMax: time.Minute}), t: t}
	one, stopOne := startChild(t, m)
	if d := w.delay("198.51.100.1", "mrose"); d != 20*time.Second {
		t.Errorf("delay %v after failures in another process", d)
	}
	first := w.resume("192.0.2.1")
	if all := m.count(func(*slot) bool { return true }); all != 4 {
		t.Errorf("%d slots in use", all)
	}
	stopOne()
	m.Reclaim(one.Process.Pid)
	if all := m.count(func(*slot) bool { return true }); all != 1 {
		t.Errorf("%d slots after a process was killed", all)
	}
	_, stopTwo := startChild(t, m)
	m.ReclaimEnded()
	if all := m.count(func(*slot) bool { return true }); all != 4 {
		t.Errorf("%d slots with another process", all)
	}
	stopTwo()
	m.ReclaimEnded()
	if all := m.count(func(*slot) bool { return true }); all != 1 {
		t.Errorf("%d slots of this process", all)
	}
	first.Close()
}

// A slot that another process has reclaimed meanwhile, and that a connection has taken, stays.
func TestReclaimTwice(t *testing.T) {
	w := newTestGuard(t, 10, allLimits)
	p := w.connect("192.0.2.1")
	defer p.Close()
	s := &w.slots[0]
	s.owner.Store(w.pid + 1)
	w.reclaim(func(uint64) bool {
		s.owner.CompareAndSwap(w.pid+1, w.pid+2)
		return true
	})
	if owner, state := s.owner.Load(), s.state.Load(); owner != w.pid+2 || state != beforeLogin {
		t.Errorf("owner %d, state %d; want %d, %d", owner, state, w.pid+2, beforeLogin)
	}
}

// A process to which this one may not send signals has not ended.
func TestReclaimOthers(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("only root starts a process of another user")
	}
	m, err := New(100)
	if err != nil {
		t.Fatal(err)
	}
	_, stop := startChild(t, m) // of root
	defer stop()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // The thread, which is another user's without capabilities, ends with the goroutine.
		if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 61002, 61002, 61002); errno != 0 {
			done <- errno
			return
		}
		m.ReclaimEnded()
		done <- nil
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
	if all := m.count(func(*slot) bool { return true }); all != 3 {
		t.Errorf("%d slots, want those of the other process", all)
	}
}

func TestAttach(t *testing.T) {
	m, err := New(100)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(m.File(), 101); err == nil {
		t.Error("a memory that is too small is accepted")
	}
	plain, err := os.Create(t.TempDir() + "/plain")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if err := plain.Truncate(size(100)); err != nil {
		t.Fatal(err)
	}
	if _, err := Attach(plain, 100); err == nil {
		t.Error("a file that can be truncated is accepted")
	}
	m.header.version++
	if _, err := Attach(m.File(), 100); err == nil {
		t.Error("another version is accepted")
	}
	if err := m.File().Truncate(0); err == nil {
		t.Error("the memory can be truncated")
	}
}

// The limits hold for many connections at once, and all slots are freed.
func TestConcurrent(t *testing.T) {
	m, err := New(100)
	if err != nil {
		t.Fatal(err)
	}
	g := m.With(Limits{PerAddress: 5, PerUser: 5, BeforeLogin: 20, GuessDelayMax: time.Minute})
	var sessions, highest atomic.Int64
	var all sync.WaitGroup
	for worker := range 16 {
		all.Go(func() {
			remote := netip.AddrFrom4([4]byte{192, 0, 2, byte(worker % 2)})
			for n := range 300 {
				p, refusal := g.Accept(pop3.Connection{Remote: remote, Evict: ignoreEviction})
				if refusal != nil {
					continue
				}
				_, _ = p.Begin(pop3.Attempt{Login: "mrose"})
				p.End("mrose", nil)
				if n%7 == 0 {
					p.End("mrose", fmt.Errorf("%w", pop3.ErrAuth))
				}
				if p.LogIn("mrose", 0) == nil {
					highest.Store(max(highest.Load(), sessions.Add(1)))
					sessions.Add(-1)
				}
				p.Close()
			}
		})
	}
	all.Wait()
	if highest.Load() > 5 || highest.Load() == 0 {
		t.Errorf("%d sessions of a user at once", highest.Load())
	}
	for i := range m.slots {
		if s := &m.slots[i]; s.owner.Load()+s.state.Load()+s.address.Load()+s.account.Load()+s.attempt.Load() != 0 || m.connections[i].Load() != nil {
			t.Errorf("slot %d is still in use", i)
		}
	}
}

// A process that has detached the memory cannot access it. Its slot counts until
// Reclaim.
func TestDetach(t *testing.T) {
	w := newTestGuard(t, 10, Limits{PerAddress: 1})
	file, err := unix.FcntlInt(w.File().Fd(), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	mine, err := Attach(os.NewFile(uintptr(file), "guard"), 10)
	if err != nil {
		t.Fatal(err)
	}
	mine.pid++
	p, refusal := mine.With(Limits{}).Accept(pop3.Connection{Remote: netip.MustParseAddr("192.0.2.1"), Evict: ignoreEviction})
	if refusal != nil {
		t.Fatal(refusal)
	}
	for range 2 { // The second time changes nothing.
		mine.Detach()
	}
	if _, err := unix.FcntlInt(uintptr(file), unix.F_GETFD, 0); !errors.Is(err, unix.EBADF) {
		t.Errorf("the file is still open: %v", err)
	}
	if err := unix.Msync(mine.data, unix.MS_ASYNC); !errors.Is(err, unix.ENOMEM) {
		t.Errorf("the memory is still mapped: %v", err)
	}
	mine.Sweep()
	p.Close()
	if got := w.refused("192.0.2.1"); got != "max-per-address" {
		t.Errorf("refused by %q, want max-per-address", got)
	}
	w.Reclaim(int(mine.pid))
	if got := w.refused("192.0.2.1"); got != "" {
		t.Errorf("refused by %q, want it accepted", got)
	}
}
