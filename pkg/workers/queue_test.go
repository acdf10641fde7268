package workers

import (
	"testing"

	"tpops/pkg/workers/process"
)

// Events are announced once, and taken in their order.
func TestQueue(t *testing.T) {
	i := newQueue()
	for _, r := range []process.Report{process.Ready, process.Busy, process.Idle} {
		i.put(process.Event{Report: r})
	}
	if len(i.some) != 1 {
		t.Errorf("told %d times", len(i.some))
	}
	got := i.take()
	if len(got) != 3 || got[0].Report != process.Ready || got[1].Report != process.Busy || got[2].Report != process.Idle {
		t.Errorf("%v", got)
	}
	if again := i.take(); len(again) != 0 {
		t.Errorf("again %v", again)
	}
	<-i.some
	if i.put(process.Event{}); len(i.some) != 1 || len(i.take()) != 1 {
		t.Error("what came later is not told")
	}
}
