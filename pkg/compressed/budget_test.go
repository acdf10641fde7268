package compressed

import (
	"bytes"
	"context"
	"errors"
	"io"
	"math"
	"runtime"
	"sync"
	"testing"
	"testing/synctest"
	"time"
)

// readFor returns a Reader with a budget of its own.
func readFor(from io.Reader, format Format, most int64) *Reader {
	r, err := newBudget(maxMemory).open(context.Background(), from, format, most)
	if err != nil {
		panic(err) // There is enough memory for one.
	}
	return r
}

func TestSharedMemory(t *testing.T) {
	for limit, want := range map[int64]int64{math.MaxInt64: 1 << 30, 4 << 30: 1 << 30, 512 << 20: 256 << 20, 1 << 20: 64 << 20, 0: 64 << 20} {
		if got := sharedMemory(limit); got != want {
			t.Errorf("%d: %d, want %d", limit, got, want)
		}
	}
	if minMemory < largeWindow+zstdTables {
		t.Error("a large file never gets its memory")
	}
}

// inBubble runs a test with a clock of its own. The decoders that it leaves have channels that
// no other test may use: the second collection of garbage empties a sync.Pool.
func inBubble(t *testing.T, test func(t *testing.T)) {
	t.Helper()
	synctest.Test(t, test)
	runtime.GC()
	runtime.GC()
}

// Fifty readers of all formats share memory for a few, and each gets its turn.
func TestBudgetIsShared(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		b := newBudget(maxWindow + zstdTables)
		var group sync.WaitGroup
		for range 50 {
			for format, whole := range small(t) {
				group.Go(func() {
					r, err := b.open(t.Context(), bytes.NewReader([]byte(whole.file)), format, maxOctets(0))
					if err != nil {
						t.Errorf("%v: %v", format, err)
						return
					}
					defer r.Close()
					time.Sleep(time.Millisecond) // a slow client
					if text, err := io.ReadAll(r); err != nil || string(text) != whole.text {
						t.Errorf("%v: %q, %v", format, text, err)
					}
				})
			}
		}
		group.Wait()
		wantFree(t, b, maxWindow+zstdTables)
	})
}

// Without memory a reader waits, for no longer than the limit or its context, and takes
// nothing then. A reader that is closed early, twice, or that failed gives all back.
func TestBudgetWait(t *testing.T) {
	inBubble(t, func(t *testing.T) {
		const size = bzip2Memory
		b := newBudget(size)
		bz := stored(t, "zeros.bz2")
		open := func(ctx context.Context) (*Reader, error) { return b.open(ctx, bytes.NewReader(bz), inBzip2, 1<<20) }
		first, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		start := time.Now()
		if r, err := open(t.Context()); r != nil || !errors.Is(err, ErrBusy) || time.Since(start) != maxWait {
			t.Errorf("%v, %v after %v", r, err, time.Since(start))
		}
		ctx, cancel := context.WithCancel(t.Context())
		time.AfterFunc(time.Second, cancel)
		if r, err := open(ctx); r != nil || !errors.Is(err, context.Canceled) || errors.Is(err, ErrBusy) {
			t.Errorf("%v, %v", r, err)
		}
		time.AfterFunc(time.Second, func() { first.Close() })
		second, err := open(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadAll(second); !errors.Is(err, ErrTooLarge) {
			t.Errorf("too large: %v", err)
		}
		second.decode = panicking{second.decode}
		second.err = nil
		_, _ = second.Read(make([]byte, 1))
		second.Close()
		second.Close()
		wantFree(t, b, size)
	})
}

// A file that no decoder reads takes nothing.
func TestBudgetOfOthers(t *testing.T) {
	b := newBudget(1)
	for _, format := range []Format{inCrypt, inXZ} {
		r, err := b.open(t.Context(), bytes.NewReader(nil), format, 10)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := r.Read(make([]byte, 1)); !errors.Is(err, ErrEncrypted) && !errors.Is(err, ErrUnsupported) {
			t.Errorf("%v: %v", format, err)
		}
		r.Close()
	}
	wantFree(t, b, 1)
}

// wantFree checks that a budget is free, and has no more than it had.
func wantFree(t *testing.T, b *budget, size int64) {
	t.Helper()
	if !b.memory.TryAcquire(size) {
		t.Error("memory was not given back")
	} else if b.memory.TryAcquire(1) {
		t.Error("more was given back than taken")
	}
}
