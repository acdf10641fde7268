package confine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
	"tpops/pkg/osuser"
)

func TestThreads(t *testing.T) { runChild(t, "threads", tree(t), asDaemon(t)) }

// childThreads has threads from before and after, all of them confined, and
// many goroutines that go on working.
func childThreads() error {
	const n = 8
	errs := make(chan error, 2*n+200)
	confined := make(chan struct{})
	var wait, started sync.WaitGroup
	for range n {
		started.Add(1)
		wait.Go(func() {
			runtime.LockOSThread() // never unlocked: each has a thread of its own
			started.Done()
			<-confined
			errs <- refuseHere()
		})
	}
	started.Wait()
	// As a daemon does it: who cannot be traced has less of /proc.
	if err := errors.Join(confine.NoCoreDumps(), apply(policy())); err != nil {
		return err
	}
	close(confined)
	for range n {
		wait.Go(func() {
			runtime.LockOSThread()
			errs <- refuseHere()
		})
	}
	for i := range 200 {
		wait.Go(func() { errs <- work(i) })
	}
	status := threadStatus()
	wait.Wait()
	close(errs)
	all := []error{status}
	for err := range errs {
		all = append(all, err)
	}
	return errors.Join(all...)
}

// refuseHere tries, on the calling thread alone, what is forbidden.
func refuseHere() error {
	if _, _, errno := unix.RawSyscall(unix.SYS_SETRESUID, 0, 0, 0); errno != unix.EPERM {
		return fmt.Errorf("thread %d: setresuid: %v", unix.Gettid(), errno)
	}
	if err := open(inTree("outside/secret"), unix.O_RDONLY); landlockABI() >= 2 && !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("thread %d: open: %v", unix.Gettid(), err)
	}
	return nil
}

// work does what a session does: memory, files, locks, other threads.
func work(i int) error {
	owner := &osuser.Owner{UID: alice, GID: alice, Groups: []int{alice}}
	for j := range 10 {
		name := inTree(fmt.Sprintf("mail/new/%d.%d", i, j))
		err := owner.Do(func() error {
			if err := os.WriteFile(name, make([]byte, 1<<12), 0o600); err != nil {
				return err
			}
			return os.Remove(name)
		})
		if err != nil {
			return err
		}
		if i%50 == 0 {
			runtime.GC()
		}
	}
	return nil
}

// threadStatus looks at each thread through /proc.
func threadStatus() error {
	paths, err := filepath.Glob("/proc/self/task/*/status")
	if err != nil || len(paths) == 0 {
		return fmt.Errorf("no threads found: %v", err)
	}
	for _, path := range paths {
		text, err := os.ReadFile(path)
		if errors.Is(err, os.ErrNotExist) || errors.Is(err, syscall.ESRCH) {
			continue // ended meanwhile
		}
		if err != nil {
			return err
		}
		if s := string(text); !strings.Contains(s, "\nSeccomp:\t2\n") || !strings.Contains(s, "\nNoNewPrivs:\t1\n") {
			return fmt.Errorf("%s:\n%s", path, text)
		}
	}
	return nil
}
