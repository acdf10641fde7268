package osuser

import (
	"fmt"
	"log/slog"
	"runtime"
)

// Do runs f with the rights of o and returns its error. Only the thread that runs f has
// the fsuid, fsgid and supplementary groups of o. If o is nil, or already the user of the
// thread, Do only runs f. Further groups of the process remain then.
//
// If the thread cannot be switched, or the process has capabilities that override file
// modes, Do does not run f and returns the reason. Goroutines that f starts do not have
// the rights of o. Calls may be nested. Several goroutines may call Do.
//
// If the thread cannot be switched back, Do logs the error to slog.Default and ends the
// calling goroutine with runtime.Goexit, which also ends the thread. The deferred calls
// of the goroutine still run on that thread.
func (o *Owner) Do(f func() error) error {
	if o == nil {
		return f()
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("act as user %d: %w", o.UID, err)
	}
	runtime.LockOSThread()
	saved, err := o.threadIdentity()
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("act as user %d: %w", o.UID, err)
	}
	if want := o.identity(); saved.includes(want) {
		defer runtime.UnlockOSThread() // Nothing is changed, so there is nothing to give back.
	} else {
		// Deferred, so that a panic in f does not leave the thread switched.
		defer saved.giveBack()
		err = want.assume()
	}
	if err == nil {
		err = o.bounded()
	}
	if err != nil {
		return fmt.Errorf("act as user %d: %w", o.UID, err)
	}
	return f()
}

// threadIdentity returns the identity of the calling thread. Its groups are missing if
// the thread has the user and group of o, which has no further groups: then they do not
// matter, and Do changes nothing.
func (o *Owner) threadIdentity() (identity, error) {
	now, err := threadUser()
	if err != nil || len(o.Groups) == 0 && now.includes(identity{uid: o.UID, gid: o.GID}) {
		return now, err
	}
	return now.withGroups()
}

// bounded returns an error unless file modes apply to the calling thread, which has
// the rights of o. Root always has the capabilities that override them.
func (o *Owner) bounded() error {
	if o.UID == 0 {
		return nil
	}
	return bounded()
}

// giveBack returns the calling thread to the identity a and to the scheduler.
func (a identity) giveBack() {
	if err := a.assume(); err != nil {
		slog.Error("thread discarded", "error", err)
		// The thread stays locked, so the runtime ends it with the goroutine.
		runtime.Goexit()
	}
	runtime.UnlockOSThread()
}
