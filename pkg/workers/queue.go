package workers

import (
	"sync"

	"tpops/pkg/workers/process"
)

// queue keeps events of children until the event loop handles them. It handles all
// of them before it serves the next connection: otherwise a child that has ended
// would still count. Several goroutines may use it.
type queue struct {
	mu     sync.Mutex
	events []process.Event
	some   chan struct{} // has an element when there may be events
}

func newQueue() *queue { return &queue{some: make(chan struct{}, 1)} }

// put adds an event.
func (i *queue) put(e process.Event) {
	i.mu.Lock()
	i.events = append(i.events, e)
	i.mu.Unlock()
	select {
	case i.some <- struct{}{}:
	default: // take returns this event with those before.
	}
}

// take returns the events since the last call, in their order.
func (i *queue) take() []process.Event {
	i.mu.Lock()
	defer i.mu.Unlock()
	events := i.events
	i.events = nil
	return events
}
