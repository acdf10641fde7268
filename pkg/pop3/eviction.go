package pop3

import (
	"context"
	"sync/atomic"
)

// eviction is the order of another goroutine to end a session, and what cancels the command
// that the session is at. The zero value has no order. Goroutines may share it.
type eviction struct {
	refusal atomic.Pointer[Refusal]                 // nil: none was ordered
	cancel  atomic.Pointer[context.CancelCauseFunc] // nil while the session is not at work
}

// order orders the end for that reason, and cancels the command. It returns false if the end
// was ordered before.
func (e *eviction) order(r *Refusal) bool {
	if !e.refusal.CompareAndSwap(nil, r) {
		return false
	}
	e.cancelCommand(r)
	return true
}

// ordered returns the reason of the end, nil without an order.
func (e *eviction) ordered() *Refusal { return e.refusal.Load() }

// beginWork gets what cancels the commands from now on. If the end was ordered while the session
// was not at work, cancel is called at once: order and beginWork each set their own field first.
func (e *eviction) beginWork(cancel context.CancelCauseFunc) {
	e.cancel.Store(&cancel)
	if r := e.refusal.Load(); r != nil {
		cancel(r)
	}
}

// endWork forgets what cancels commands.
func (e *eviction) endWork() { e.cancel.Store(nil) }

// cancelCommand cancels the command that the session is at, if any.
func (e *eviction) cancelCommand(why error) {
	if cancel := e.cancel.Load(); cancel != nil {
		(*cancel)(why)
	}
}
