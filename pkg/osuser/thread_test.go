package osuser

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"
)

// Others never see the ids: not goroutines on other threads, not threads that
// are started meanwhile.
func TestDoStaysOnItsThread(t *testing.T) {
	needRoot(t)
	before := whoAmI(t)
	owners := []*Owner{{UID: alice, GID: alice, Groups: []int{alice}}, {UID: bob, GID: bob}}
	var wait sync.WaitGroup
	for i := range 32 {
		owner := owners[i%len(owners)]
		wait.Go(func() {
			for range 50 {
				if err := owner.Do(owner.identity().verify); err != nil {
					t.Error(err)
				}
				if got := whoAmI(t); !got.equal(before) {
					t.Errorf("outside Do: %v", got)
				}
			}
		})
		wait.Go(func() {
			runtime.LockOSThread() // never unlocked: each has a thread of its own
			if got, err := threadIdentity(); err != nil || !got.equal(before) {
				t.Errorf("new thread: %v, %v", got, err)
			}
		})
	}
	wait.Wait()
}

// From inside Do every other thread of the process is looked at through /proc.
func TestDoOtherThreadsUntouched(t *testing.T) {
	needRoot(t)
	owner := &Owner{UID: alice, GID: alice, Groups: []int{alice + 1}}
	var self int
	status := map[string]string{}
	err := owner.Do(func() error {
		self = unix.Gettid()
		done := make(chan error)
		go func() { done <- readStatus(status) }() // on a thread that may read it
		return <-done
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(status) < 2 {
		t.Fatalf("only %d threads seen", len(status))
	}
	for tid, text := range status {
		if switched := strings.Contains(text, fmt.Sprint(alice)); switched != (tid == fmt.Sprint(self)) {
			t.Errorf("thread %s (switched: %d):\n%s", tid, self, text)
		}
	}
}

// readStatus fills into with the lines of each thread that tell its ids.
func readStatus(into map[string]string) error {
	paths, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil {
		return err
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // ended meanwhile
		}
		if err != nil {
			return err
		}
		lines := slices.DeleteFunc(strings.Split(string(text), "\n"), func(line string) bool {
			return !strings.HasPrefix(line, "Uid:") && !strings.HasPrefix(line, "Gid:") && !strings.HasPrefix(line, "Groups:")
		})
		into[filepath.Base(filepath.Dir(path))] = strings.Join(lines, "\n")
	}
	return nil
}

// A thread that lost the right to switch back ends with its goroutine.
func TestDoLosesThread(t *testing.T) {
	needRoot(t)
	var log bytes.Buffer
	old := slog.Default()
	slog.SetDefault(slog.New(slog.NewTextHandler(&log, nil)))
	defer slog.SetDefault(old)

	tid, returned, deferred := 0, false, false
	var wait sync.WaitGroup
	wait.Go(func() {
		offMainThread(func() {
			defer func() { deferred = true }()
			_ = (&Owner{UID: alice, GID: alice, Groups: []int{alice}}).Do(func() error {
				tid = unix.Gettid()
				header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
				var none [2]unix.CapUserData
				return unix.Capset(&header, &none[0])
			})
			returned = true
		})
	})
	wait.Wait()
	if returned || !deferred {
		t.Errorf("Do returned: %v, deferred calls ran: %v", returned, deferred)
	}
	if !strings.Contains(log.String(), "setgroups") {
		t.Errorf("log: %q", log.String())
	}
	for unix.Tgkill(unix.Getpid(), tid, 0) == nil {
		runtime.Gosched() // the thread ends soon after its goroutine
	}
}

// offMainThread runs f on another thread than the process's first, which the
// runtime never ends.
func offMainThread(f func()) {
	runtime.LockOSThread()
	if unix.Gettid() != unix.Getpid() {
		f()
		return
	}
	var wait sync.WaitGroup
	wait.Go(func() { runtime.LockOSThread(); f() })
	wait.Wait()
	runtime.UnlockOSThread()
}
