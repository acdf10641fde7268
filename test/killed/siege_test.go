//go:build integration && amd64

package killed

import "testing"

// siege is how many calls a test catches, and where. An attempt catches one call at most.
type siege struct {
	n     int // calls to catch
	calls int // An attempt makes about so many, over which those to catch are spread. 0: each attempt is a round.
	first int // the first round; rounds differ in the way
}

// run makes attempts until n calls are caught, and logs how many were. In each round it
// catches one call after the other, until an attempt reaches its end. attempt makes one
// with a trap at call number at of a round, and reports whether it caught the call.
func (s siege) run(t *testing.T, attempt func(at, round int) bool) {
	t.Helper()
	made, at, round := 0, 1, s.first
	step := max(1, s.calls/max(1, s.n))
	for last := s.first + 4*s.n + 8; made < s.n && round < last && !t.Failed(); {
		caught := attempt(at, round)
		if caught {
			made++
		}
		if at += step; !caught || s.calls == 0 {
			at, round = 1, round+1
		}
	}
	if made == 0 && s.n > 0 {
		t.Errorf("no call was caught in %d rounds", round-s.first)
	}
	t.Logf("%d caught in %d rounds", made, round-s.first)
}
