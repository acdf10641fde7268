package eventlog

import (
	"testing"
	"time"
)

// A time has the same text whatever was formatted before it.
func TestClock(t *testing.T) {
	start := time.Date(2026, 10, 25, 0, 59, 59, 999_999_999, time.UTC)
	zone := time.FixedZone("", -5*3600-1800)
	var c clock
	for _, at := range []time.Time{
		start, start.Add(time.Nanosecond), start.Add(time.Nanosecond).In(zone), start.In(zone),
		start.Add(7 * time.Millisecond), start.Add(-42 * time.Millisecond), start.Add(-time.Hour), start,
		time.Unix(0, 0), time.Unix(-1, 5_000_000).UTC(), time.Now(),
	} {
		if got, want := string(c.append(nil, at)), at.Format(timeFormat); got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
}
