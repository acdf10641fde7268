package pop3

import (
	"runtime"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
)

// Every job is run, also those that are started while others end.
func TestCrewRunsAll(t *testing.T) {
	closing := make(chan struct{})
	c := newCrew(closing)
	var ran atomic.Int64
	var all, starters sync.WaitGroup
	for range 8 {
		starters.Go(func() {
			for i := range 1000 {
				if i == 500 && ran.Load()%2 == 0 {
					runtime.Gosched()
				}
				all.Add(1)
				c.run(func() bool { defer all.Done(); ran.Add(1); return true })
			}
		})
	}
	starters.Wait()
	close(closing)
	for range 100 { // The others end meanwhile.
		all.Add(1)
		c.run(func() bool { defer all.Done(); ran.Add(1); return true })
	}
	all.Wait()
	if n := ran.Load(); n != 8100 {
		t.Errorf("%d jobs ran, want 8100", n)
	}
}

// Jobs that wait do not hold up others, few goroutines are kept, and a
// closed crew keeps none.
func TestCrewRests(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closing, release := make(chan struct{}), make(chan struct{})
		c := newCrew(closing)
		var ran atomic.Int64
		for range 3 * maxResting {
			c.run(func() bool { <-release; ran.Add(1); return true })
		}
		c.run(func() bool { ran.Add(1); return true })
		synctest.Wait()
		if n := ran.Load(); n != 1 {
			t.Errorf("%d jobs ended while others waited, want 1", n)
		}
		close(release)
		synctest.Wait()
		if n := c.resting.Load(); n != maxResting {
			t.Errorf("%d goroutines wait, want %d", n, maxResting)
		}
		c.run(func() bool { ran.Add(1); return true })
		synctest.Wait()
		if n := c.resting.Load(); n != maxResting {
			t.Errorf("%d goroutines wait after one was used, want %d", n, maxResting)
		}
		close(closing)
		synctest.Wait()
		if n := c.resting.Load(); n != 0 {
			t.Errorf("%d goroutines wait in a closed crew", n)
		}
	})
}

// A goroutine that a job ends is replaced.
func TestCrewGoexit(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		closing := make(chan struct{})
		defer close(closing)
		c := newCrew(closing)
		ran := false
		c.run(func() bool { runtime.Goexit(); return true })
		synctest.Wait()
		c.run(func() bool { ran = true; return false })
		synctest.Wait()
		if !ran {
			t.Error("the next job did not run")
		}
		if n := c.resting.Load(); n != 0 {
			t.Errorf("%d goroutines wait after a job that wants none to", n)
		}
	})
}
