package pop3

import (
	"testing"
	"testing/synctest"
	"time"
)

// A server with short sessions only does not rest between them, but once when no further one
// comes.
func TestLookForRestShortSessions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := NewServer(&Backend{}, 1, nil, nil)
		start, rested := time.Now(), []time.Duration(nil)
		s.Rest = func() { rested = append(rested, time.Since(start)) }
		for range 100 {
			s.work.begin()
			time.Sleep(restAfter / 4)
			s.work.end(s.Rest)
			time.Sleep(restAfter / 4)
		}
		worked := time.Since(start)
		time.Sleep(time.Minute)
		synctest.Wait()
		if len(rested) != 1 || rested[0] < worked || rested[0] > worked+2*restAfter {
			t.Errorf("rested after %v, the last session ended after %v", rested, worked)
		}
		if s.work.looks.Load() {
			t.Error("it is looked at for ever")
		}
	})
}

// A server rests soon after the last of its sessions is parked, and is not looked at for
// ever while one is at work.
func TestLookForRest(t *testing.T) {
	for name, test := range map[string]struct {
		parkedAfter time.Duration // when the last sessions are parked
		rested      time.Duration // 0: never
	}{
		"at once":              {0, restAfter},
		"a little later":       {restAfter + restAgain/2, restAfter + restAgain},
		"before the last look": {restAfter + restAgain*(restLooks-1) - 1, restAfter + restAgain*(restLooks-1)},
		"a session goes on":    {time.Hour, 0},
		"after the last look":  {2 * time.Second, 2*time.Second + restAfter},
	} {
		t.Run(name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				s := NewServer(&Backend{}, 1, nil, nil)
				start, rested := time.Now(), []time.Duration(nil)
				s.Rest = func() { rested = append(rested, time.Since(start)) }
				s.registry.lot.queue.order = make([]int32, 2*restShare)
				s.work.sessions.Store(4)
				s.work.end(s.Rest)
				if test.parkedAfter < time.Hour {
					time.Sleep(test.parkedAfter)
					s.work.end(s.Rest)
				}
				time.Sleep(5 * time.Second)
				synctest.Wait()
				if test.rested == 0 && len(rested) > 0 || test.rested > 0 && (len(rested) != 1 || rested[0] != test.rested) {
					t.Errorf("rested after %v, want %v", rested, test.rested)
				}
				if s.work.looks.Load() {
					t.Error("it is looked at for ever")
				}
			})
		})
	}
}
