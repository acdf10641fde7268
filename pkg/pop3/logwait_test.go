package pop3

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"
)

// The records of one command wait for logTimeout together, from the first wait on.
func TestLogWait(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &logWait{Context: t.Context()}
		defer w.end()
		time.Sleep(2 * logTimeout) // No record waits yet.
		if w.Err() != nil {
			t.Errorf("ended before a wait: %v", w.Err())
		}
		start := time.Now()
		<-w.Done()
		<-w.Done()
		if waited := time.Since(start); waited != logTimeout || !errors.Is(w.Err(), context.DeadlineExceeded) {
			t.Errorf("waited %v, %v", waited, w.Err())
		}
	})
}

// A record does not wait when its command is cancelled.
func TestLogWaitCancelled(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	w := &logWait{Context: ctx}
	defer w.end()
	waits := w.Done()
	cancel()
	<-waits
	if !errors.Is(w.Err(), context.Canceled) {
		t.Error(w.Err())
	}
	if unused := (&logWait{Context: ctx}); !errors.Is(unused.Err(), context.Canceled) {
		t.Error(unused.Err())
	}
}
