package proxy

import (
	"fmt"
	"slices"
	"testing"
	"testing/synctest"
	"time"
)

func TestAbsent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &absent{until: make(map[server]time.Time)}
		one, two, three := server{"one", "110"}, server{"two", "110"}, server{"three", "110"}
		all := []server{one, two, three}
		if !a.failed(one) || a.failed(one) {
			t.Error("only the first failure is new")
		}
		if got := a.order(all); !slices.Equal(got, []server{two, three, one}) {
			t.Errorf("after a failure: %v", got)
		}
		a.reached(one)
		if got := a.order(all); !slices.Equal(got, all) {
			t.Errorf("reached again: %v", got)
		}
		for _, s := range all {
			a.failed(s)
		}
		if got := a.order(all); !slices.Equal(got, all) {
			t.Errorf("none reached: %v", got)
		}
		time.Sleep(absentTime)
		if got := a.order([]server{two, one}); got[0] != two || !a.failed(two) {
			t.Errorf("a minute later: %v", got)
		}
	})
}

// The list has a maximum size, and old entries are removed.
func TestAbsentMany(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		a := &absent{until: make(map[server]time.Time)}
		for i := range 3 * maxAbsent {
			a.failed(server{fmt.Sprint("h", i), "110"})
		}
		if len(a.until) != maxAbsent {
			t.Errorf("%d are remembered", len(a.until))
		}
		time.Sleep(absentTime)
		last := server{"last", "110"}
		a.failed(last)
		if got := a.order([]server{last, {"h0", "110"}}); got[0] == last || len(a.until) > maxAbsent {
			t.Errorf("%v, of %d", got, len(a.until))
		}
	})
}
