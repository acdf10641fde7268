package maildir

import (
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// Several processes that read and write one index while mail is delivered list
// all that was delivered before each login, with the right sizes.
func TestIndexShared(t *testing.T) {
	dir := newMaildir(t)
	const messages, processes = 120, 4
	var delivered atomic.Int64
	var wait sync.WaitGroup
	for i := range processes {
		options := indexing()
		if i%2 == 1 {
			options.Cache = NewCache(1 << 20)
		}
		wait.Go(func() {
			for last := false; !last && !t.Failed(); {
				before := int(delivered.Load())
				last = before == messages
				checkShared(t, dir, options, before)
			}
		})
	}
	for i := range messages {
		deliver(t, dir, "tmp/x", strings.Repeat("x", 1+i%7))
		rename(t, dir, "tmp/x", fmt.Sprintf("new/%d.a", 1000+i))
		if i%3 == 0 {
			rename(t, dir, fmt.Sprintf("new/%d.a", 1000+i), fmt.Sprintf("cur/%d.a:2,S", 1000+i))
		}
		if i%10 == 0 {
			awaitOld(t, dir)
		}
		delivered.Add(1)
	}
	wait.Wait()
	awaitOld(t, dir)
	for range 2 {
		wantSame(t, open(t, dir, indexing()), open(t, dir, Options{}))
	}
}

// checkShared checks a login before which some messages were delivered.
func checkShared(t *testing.T, dir string, options Options, delivered int) {
	m, err := Open(t.Context(), nil, dir, options)
	if err != nil {
		t.Error(err)
		return
	}
	defer m.Close()
	if got := m.Listing().Len(); got < delivered {
		t.Errorf("%d messages, %d were delivered", got, delivered)
	}
	for n := range m.Listing().Len() {
		message := m.Listing().Message(n + 1)
		want := fmt.Sprintf("%d.a", 1000+n)
		if octets := int64(1+n%7) + 2; message.UIDL != want || message.Octets != octets {
			t.Errorf("message %d: %+v, want %s of %d octets", n+1, message, want, octets)
		}
	}
}
