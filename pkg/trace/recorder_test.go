package trace

import (
	"fmt"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

// record adds a line.
func record(r *Recorder, before uint64, text string) uint64 {
	return r.Record(before, &pop3.DialogueLine{Time: time.Unix(0, 0), Direction: 'C', Text: text})
}

// Each session gets its own lines, those that are left.
func TestRecorder(t *testing.T) {
	r := NewRecorder(1000)
	var a, b uint64
	for i := range 10 {
		a, b = record(r, a, fmt.Sprint("a", i)), record(r, b, fmt.Sprint("b", i))
	}
	got := r.Recorded(a)
	if len(got) != 10 || got[0] != "00:00:00.000 C a0" || got[9] != "00:00:00.000 C a9" {
		t.Errorf("%q", got)
	}
	for i := range 1000 {
		b = record(r, b, fmt.Sprint("b", i))
	}
	if got := r.Recorded(a); len(got) != 0 {
		t.Errorf("%q", got)
	}
	got = r.Recorded(b)
	if n := len(got); n < 30 || n > 40 || got[n-1] != "00:00:00.000 C b999" || got[0] != fmt.Sprint("00:00:00.000 C b", 1000-n) {
		t.Errorf("%q", got)
	}
	if got := r.Recorded(0); len(got) != 0 {
		t.Errorf("%q", got)
	}
}

// A dialogue has at most 64 KiB, and a line that does not fit is left out.
func TestRecorderBounds(t *testing.T) {
	r := NewRecorder(1 << 20)
	place := uint64(0)
	for range 2000 {
		place = record(r, place, strings.Repeat("x", 200))
	}
	if octets := len(strings.Join(r.Recorded(place), "")); octets < maxDialogue || octets > maxDialogue+300 {
		t.Errorf("%d octets", octets)
	}
	small := NewRecorder(50)
	if place := record(small, 0, strings.Repeat("x", 200)); place != 0 {
		t.Errorf("place %d", place)
	}
	if got := ForOneSession(4<<20, 100); got != 41943 {
		t.Errorf("%d octets", got)
	}
	if got := ForOneSession(4<<20, 1); got != maxDialogue {
		t.Errorf("%d octets", got)
	}
}

// A flood of abnormal ends does not flood the log, and the next dialogue says so.
func TestRecorderFlood(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r := NewRecorder(1000)
		place := record(r, 0, "a")
		for i := range 100 {
			if got := r.Recorded(place); (len(got) == 1) != (i < maxDialogues) {
				t.Errorf("dialogue %d: %q", i, got)
			}
		}
		time.Sleep(interval)
		if got := r.Recorded(place); len(got) != 2 || got[0] != "(70 dialogues of earlier sessions were not logged)" {
			t.Errorf("%q", got)
		}
	})
}
