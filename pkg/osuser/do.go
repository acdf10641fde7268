package osuser

import (
	"fmt"
	"log/slog"
	"runtime"
)

// Do runs f with the rights of o: the thread that runs f has o's fsuid, fsgid
// and supplementary groups, and no other thread ever sees them. It returns f's
// error. With a nil o, or one that is what the thread is already, f is simply
// run; groups that the process has beyond those of such an owner stay.
//
// If the thread cannot be switched, or the process holds capabilities with
// which file modes do not bind it, f is not run and the error says why. What f
// does in goroutines of its own is done without the rights of o. Calls may be
// nested, and any number of goroutines may make them at once.
//
// A thread that cannot be switched back is lost: the error goes to
// slog.Default, and the calling goroutine ends as by runtime.Goexit, taking
// the thread with it. Its deferred calls still run, on that thread.
func (o *Owner) Do(f func() error) error {
	if o == nil {
		return f()
	}
	if err := o.check(); err != nil {
		return fmt.Errorf("act as user %d: %w", o.UID, err)
	}
	runtime.LockOSThread()
	saved, err := threadIdentity()
	if err != nil {
		runtime.UnlockOSThread()
		return fmt.Errorf("act as user %d: %w", o.UID, err)
	}
	// Deferred, so that a panic in f does not leave the thread switched.
	defer saved.giveBack()
	if err := o.enter(saved); err != nil {
		return fmt.Errorf("act as user %d: %w", o.UID, err)
	}
	return f()
}

// enter gives the calling thread, which is saved, the rights of o.
func (o *Owner) enter(saved identity) error {
	if want := o.identity(); !saved.includes(want) {
		if err := want.assume(); err != nil {
			return err
		}
	}
	if o.UID == 0 {
		return nil // root's rights are these capabilities
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
