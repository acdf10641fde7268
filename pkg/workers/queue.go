package workers

import (
	"sync"

	"tpops/pkg/workers/process"
)

// mostEvents bounds the queue. A child that an attacker has taken over may send
// reports faster than the event loop handles them.
const mostEvents = 4096

// queue keeps events of children until the event loop handles them. The loop handles
// all of them before it serves the next connection: otherwise a child that has ended
// would still count. Several goroutines may use the queue.
type queue struct {
	mu      sync.Mutex
	events  []process.Event
	isTaken sync.Cond // signalled by take and close
	closed  bool
	some    chan struct{} // has an element when there may be events
}

func newQueue() *queue {
	q := &queue{some: make(chan struct{}, 1)}
	q.isTaken.L = &q.mu
	return q
}

// put adds an event. It waits while the queue is full, so that the children wait too.
// After close it drops the event.
func (q *queue) put(e process.Event) {
	q.mu.Lock()
	defer q.mu.Unlock()
	for len(q.events) >= mostEvents && !q.closed {
		q.isTaken.Wait()
	}
	if q.closed {
		return
	}
	q.events = append(q.events, e)
	select {
	case q.some <- struct{}{}:
	default: // take returns this event together with the earlier ones.
	}
}

// take returns the events since the last call, in their order.
func (q *queue) take() []process.Event {
	q.mu.Lock()
	defer q.mu.Unlock()
	events := q.events
	q.events = nil
	q.isTaken.Broadcast()
	return events
}

// close makes put return at once.
func (q *queue) close() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.closed = true
	q.isTaken.Broadcast()
}
