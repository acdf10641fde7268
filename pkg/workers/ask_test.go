package workers

import (
	"context"
	"errors"
	"testing"
)

// TestAsk checks that a process that could serve answers while sessions are served, that it
// is no session, and that no process answers after the end.
func TestAsk(t *testing.T) {
	eachKind(t, func(t *testing.T, kind string) {
		r := start(t, kind)
		c := r.dial()
		c.logIn()
		for range 2 {
			answer, err := r.Ask(t.Context(), []byte("question"))
			if err != nil || string(answer) != "question answered by true" {
				t.Fatalf("%q, %v", answer, err)
			}
		}
		c.ask("STAT", "+OK 1 ")
		if s := r.Stats(); s.Sessions != 1 {
			t.Errorf("%+v", s)
		}
		c.ask("QUIT", "+OK")
		r.Stop(Finish, 0)
		r.ended()
		if kind == "thread" {
			return
		}
		if _, err := r.Ask(t.Context(), nil); !errors.Is(err, errEnding) {
			t.Errorf("%v", err)
		}
	})
}

// TestAskCancelled checks that a child that takes too long is killed.
func TestAskCancelled(t *testing.T) {
	r := start(t, "prefork")
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := r.Ask(ctx, []byte("question")); err != nil && !errors.Is(err, errOverdue) {
		t.Errorf("%v", err)
	}
	r.Stop(Finish, 0)
	r.ended()
}
