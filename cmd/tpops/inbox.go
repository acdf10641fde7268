package main

import (
	"sync"

	"tpops/pkg/children"
)

// inbox keeps what children tell until somebody has time for it, so that all of
// it can be known before the next connection is served: a child that has ended
// and is not noticed still counts. Several goroutines may use it.
type inbox struct {
	mu     sync.Mutex
	events []children.Event
	some   chan struct{} // has an element when there may be events
}

func newInbox() *inbox { return &inbox{some: make(chan struct{}, 1)} }

// put adds an event.
func (i *inbox) put(e children.Event) {
	i.mu.Lock()
	i.events = append(i.events, e)
	i.mu.Unlock()
	select {
	case i.some <- struct{}{}:
	default: // Whoever is told already takes this one too.
	}
}

// take returns the events that have come since it was called last, in their
// order.
func (i *inbox) take() []children.Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	events := i.events
	i.events = nil
	return events
}
