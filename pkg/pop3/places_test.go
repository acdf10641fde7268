package pop3

import "testing"

// The places of other calls of Serve, which wait for connections, do not count as free.
func TestPlaces(t *testing.T) {
	p, closing := newPlaces(3), newRequest()
	full := func(when string, serving int, want bool) {
		t.Helper()
		if got := p.full(serving); got != want {
			t.Errorf("%s: full with %d calls of Serve = %v", when, serving, got)
		}
	}
	for range 2 {
		if !p.reserve(closing) {
			t.Fatal("no place is free")
		}
	}
	full("two reserved", 2, false)
	p.take()
	full("one taken", 2, false)
	if full("one taken", 3, true); !p.takeFree() {
		t.Error("the third place is not free")
	}
	full("two taken", 2, true)
	full("two taken", 1, false)
	if p.takeFree() {
		t.Error("a reserved place was taken")
	}
	p.cancel()
	p.free()
	for range 2 {
		if !p.takeFree() {
			t.Error("a place that was cancelled or left is not free")
		}
	}
	if p.takeFree() {
		t.Error("a fourth place was taken")
	}
	full("three taken", 1, true)
	if closing.begin(); p.reserve(closing) {
		t.Error("a place was reserved of a server that is closing")
	}
}
