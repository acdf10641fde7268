package main

import (
	"testing"

	"tpops/pkg/children"
)

// What comes while nobody has time is told once, and taken in its order.
func TestInbox(t *testing.T) {
	i := newInbox()
	for _, r := range []children.Report{children.Ready, children.Busy, children.Idle} {
		i.put(children.Event{Report: r})
	}
	if len(i.some) != 1 {
		t.Errorf("told %d times", len(i.some))
	}
	got := i.take()
	if len(got) != 3 || got[0].Report != children.Ready || got[1].Report != children.Busy || got[2].Report != children.Idle {
		t.Errorf("%v", got)
	}
	if again := i.take(); len(again) != 0 {
		t.Errorf("again %v", again)
	}
	<-i.some
	if i.put(children.Event{}); len(i.some) != 1 || len(i.take()) != 1 {
		t.Error("what came later is not told")
	}
}
