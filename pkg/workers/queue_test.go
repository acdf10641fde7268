package workers

import (
	"testing"
	"testing/synctest"

	"tpops/pkg/workers/process"
)

// take returns the events in their order. Several events are announced once.
func TestQueue(t *testing.T) {
	q := newQueue()
	for _, r := range []process.Report{process.Ready, process.Busy, process.Idle} {
		q.put(process.Event{Report: r})
	}
	if len(q.some) != 1 {
		t.Errorf("announced %d times", len(q.some))
	}
	got := q.take()
	if len(got) != 3 || got[0].Report != process.Ready || got[1].Report != process.Busy || got[2].Report != process.Idle {
		t.Errorf("%v", got)
	}
	if again := q.take(); len(again) != 0 {
		t.Errorf("again %v", again)
	}
	<-q.some
	if q.put(process.Event{}); len(q.some) != 1 || len(q.take()) != 1 {
		t.Error("a later event is not announced")
	}
}

// A full queue makes put wait until the event loop has taken the events.
func TestQueueFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		q := newQueue()
		for range mostEvents {
			q.put(process.Event{Report: process.Busy})
		}
		added := 0
		go func() {
			for range mostEvents + 1 { // A child that sends reports without end.
				q.put(process.Event{Report: process.Idle})
				added++
			}
		}()
		synctest.Wait()
		if added != 0 {
			t.Errorf("%d events were added to a full queue", added)
		}
		if got := q.take(); len(got) != mostEvents || got[mostEvents-1].Report != process.Busy {
			t.Errorf("%d events", len(got))
		}
		synctest.Wait()
		if added != mostEvents {
			t.Errorf("%d events were added after the queue was emptied", added)
		}
		q.close()
		synctest.Wait()
		if added != mostEvents+1 {
			t.Errorf("put still waits after close: %d", added)
		}
	})
}

// After close the queue drops events and keeps none.
func TestQueueClosed(t *testing.T) {
	q := newQueue()
	q.close()
	q.close() // A second call has no effect.
	for range 2 * mostEvents {
		q.put(process.Event{})
	}
	if got := q.take(); len(got) != 0 {
		t.Errorf("%d events", len(got))
	}
}
