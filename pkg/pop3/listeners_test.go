package pop3

import (
	"net"
	"sync"
	"sync/atomic"
	"testing"
)

// closeCounter is a listener that counts how often it is closed.
type closeCounter struct {
	net.Listener
	closed atomic.Int64
}

func (c *closeCounter) Close() error { c.closed.Add(1); return nil }

// A listener is closed once if it was added before the close, and is not added after it.
func TestListenersClose(t *testing.T) {
	for range 200 {
		l := newListeners(newRequest())
		var all [4]closeCounter
		var added [4]bool
		var calls sync.WaitGroup
		for i := range all {
			calls.Go(func() { added[i] = l.add(&all[i]) })
		}
		calls.Go(l.close)
		calls.Go(l.close)
		calls.Wait()
		want := 0
		for i := range all {
			if added[i] {
				want++
			}
			if got := all[i].closed.Load(); got != 0 != added[i] || got > 1 {
				t.Fatalf("added %v, closed %d times", added[i], got)
			}
		}
		if got := l.count(); got != want || l.add(&all[0]) {
			t.Fatalf("%d listeners, want %d and no further one", got, want)
		}
		for i := range all {
			if added[i] {
				l.remove(&all[i])
			}
		}
		l.wait()
	}
}
