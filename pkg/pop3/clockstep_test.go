package pop3

import (
	"net"
	"testing"
	"time"
	"unsafe"
)

// steppedServer returns a server after whose start the date was set forward by an hour.
func steppedServer(t *testing.T) *Server {
	t.Helper()
	s := NewServer(&Backend{CommandTimeout: time.Minute}, 1, nil, nil)
	s.began = earlierDate(t, s.began, time.Hour)
	return s
}

// earlierDate returns a time with the monotonic reading of at and an earlier date, as a process
// has it that has read the clock before the date was set forward. The seconds of the date of a
// time with such a reading begin at bit 30 of its first field (time.Time).
func earlierDate(t *testing.T, at time.Time, by time.Duration) time.Time {
	t.Helper()
	before := at
	*(*uint64)(unsafe.Pointer(&before)) -= uint64(by/time.Second) << 30
	if before.Sub(at) != 0 || at.Round(0).Sub(before.Round(0)) != by {
		t.Fatalf("%v and %v", at, before)
	}
	return before
}

// The times of a session that was parked after the date was set are those that it had.
func TestParkedAfterClockStep(t *testing.T) {
	s := steppedServer(t)
	now := time.Now()
	state := State{Start: now.Add(-time.Minute), Expires: now.Add(time.Hour)}
	p := parked{state: state.pack(now), at: s.since(now)}
	got := p.unpack(s.began)
	for name, pair := range map[string][2]time.Time{"Start": {got.Start, state.Start}, "Expires": {got.Expires, state.Expires}} {
		if off := pair[0].Round(0).Sub(pair[1].Round(0)); off.Abs() > time.Minute {
			t.Errorf("%s is off by %v", name, off)
		}
	}
}

// A limit that came from another process, without a reading of the monotonic clock, counts
// from now.
func TestExpireAfterClockStep(t *testing.T) {
	near, far := net.Pipe()
	defer near.Close()
	defer far.Close()
	s := steppedServer(t)
	c := &timedConn{}
	c.start(&session{server: s}, near, time.Minute, time.Now().Add(10*time.Minute).Round(0))
	if left := c.expires - s.since(time.Now()); left > 10*time.Minute || left < 9*time.Minute {
		t.Errorf("%v are left of 10 minutes", left)
	}
	c.expireAt(time.Now().Add(-10 * time.Minute).Round(0))
	if !c.expired() {
		t.Error("a limit that has passed is not expired")
	}
}
