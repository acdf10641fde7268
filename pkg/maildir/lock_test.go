package maildir

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// lockVariable makes the test binary, started again, a process that holds the
// lock of the Maildir it names until its standard input ends.
const lockVariable = "MAILDIR_TEST_LOCK"

func TestMain(m *testing.M) {
	dir := os.Getenv(lockVariable)
	if dir == "" {
		os.Exit(m.Run())
	}
	box, err := openKnown(context.Background(), nil, dir, Options{Lock: true})
	if err != nil {
		fmt.Println(err)
		os.Exit(1)
	}
	fmt.Println("locked")
	_, _ = io.Copy(io.Discard, os.Stdin)
	_ = box.Close()
}

// holder is another process that has the lock.
type holder struct {
	*exec.Cmd
	stdin io.Closer
}

func startHolder(t *testing.T, dir string) holder {
	t.Helper()
	cmd := exec.Command("/proc/self/exe", "-test.run=^$")
	cmd.Env = append(os.Environ(), lockVariable+"="+dir)
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
	t.Cleanup(func() { _ = cmd.Process.Kill(); _ = cmd.Wait() })
	if line, err := bufio.NewReader(stdout).ReadString('\n'); err != nil || line != "locked\n" {
		t.Fatalf("the other process says %q, %v", line, err)
	}
	return holder{cmd, stdin}
}

// wantLocked checks that the mailbox cannot be opened because it is locked.
func wantLocked(t *testing.T, dir string) {
	t.Helper()
	m, err := openKnown(t.Context(), nil, dir, Options{Lock: true})
	if !errors.Is(err, pop3.ErrLocked) || m != nil {
		t.Errorf("Open() = %v, %v; want ErrLocked", m, err)
	}
}

func TestLock(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	open(t, dir, Options{Lock: true, LockWait: time.Hour}) // no wait if it is free
	checkOpenFiles(t, func() { wantLocked(t, dir) })
	wantUIDLs(t, open(t, dir, Options{}), "1.a") // who does not lock does not wait
	stat, err := os.Stat(filepath.Join(dir, lockFile))
	if err != nil || stat.Mode() != 0o600 || stat.Size() != 0 {
		t.Errorf("lock file: %v, %v", stat, err)
	}
}

func TestLockClose(t *testing.T) {
	dir := newMaildir(t)
	for range 3 {
		m := open(t, dir, Options{Lock: true})
		wantLocked(t, dir)
		// A process that is being started has copies of the descriptors.
		file, err := unix.Dup(m.lock.file)
		if err != nil {
			t.Fatal(err)
		}
		copied, err := unix.Dup(m.dir)
		if err != nil {
			t.Fatal(err)
		}
		_ = m.Close()
		open(t, dir, Options{Lock: true}).Close()
		_, _ = unix.Close(file), unix.Close(copied)
	}
}

func TestLockOtherProcess(t *testing.T) {
	dir := newMaildir(t)
	other := startHolder(t, dir)
	wantLocked(t, dir)
	if err := errors.Join(other.stdin.Close(), other.Wait()); err != nil {
		t.Fatal(err)
	}
	open(t, dir, Options{Lock: true})
}

// The kernel frees the lock of a process that is killed.
func TestLockKilled(t *testing.T) {
	dir := newMaildir(t)
	other := startHolder(t, dir)
	wantLocked(t, dir)
	if err := other.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = other.Wait()
	open(t, dir, Options{Lock: true})
}

func TestLockWait(t *testing.T) {
	dir := newMaildir(t)
	holder := open(t, dir, Options{Lock: true})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		_, err := openKnown(t.Context(), nil, dir, Options{Lock: true, LockWait: 10 * time.Second})
		if waited := time.Since(start); !errors.Is(err, pop3.ErrLocked) || waited != 10*time.Second {
			t.Errorf("Open() = %v after %v", err, waited)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithTimeout(t.Context(), time.Second)
		defer cancel()
		start := time.Now()
		_, err := openKnown(ctx, nil, dir, Options{Lock: true, LockWait: 10 * time.Second})
		if waited := time.Since(start); !errors.Is(err, context.DeadlineExceeded) || waited != time.Second {
			t.Errorf("Open() = %v after %v", err, waited)
		}
	})
	synctest.Test(t, func(t *testing.T) {
		start := time.Now()
		time.AfterFunc(3*time.Second, func() { _ = holder.Close() })
		m, err := openKnown(t.Context(), nil, dir, Options{Lock: true, LockWait: 10 * time.Second})
		if waited := time.Since(start); err != nil || waited < 3*time.Second || waited > 3*time.Second+maxPause {
			t.Fatalf("Open() = %v after %v", err, waited)
		}
		_ = m.Close()
	})
}

// Of many sessions at once never two have the mailbox.
func TestLockConcurrent(t *testing.T) {
	dir := newMaildir(t, "cur/1.a")
	var inside sync.Mutex
	var wait sync.WaitGroup
	for range 8 {
		wait.Go(func() {
			m, err := openKnown(t.Context(), nil, dir, Options{Lock: true, LockWait: time.Minute})
			if err != nil {
				t.Error(err)
				return
			}
			if !inside.TryLock() {
				t.Error("two sessions have the lock")
			} else {
				inside.Unlock()
			}
			_ = m.Close()
		})
	}
	wait.Wait()
}
