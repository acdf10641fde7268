package board

import (
	"net/netip"
	"reflect"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// exampleLine is a line with a value in each field.
func exampleLine() pop3.DialogueLine {
	return pop3.DialogueLine{
		Time: time.Unix(1, 2), Session: "abc", Remote: "192.0.2.1", Peer: netip.MustParseAddrPort("192.0.2.1:5"),
		User: "ann", LoggedIn: true, Last: true, Direction: 'C', Text: "STAT",
	}
}

// taken returns the lines that the parent reads, and how many are lost.
func taken(b *Board) (lines []pop3.DialogueLine, lost int64) {
	lost = b.Lines(func(l *pop3.DialogueLine) { lines = append(lines, *l) })
	return lines, lost
}

// Each field of a line arrives, and a new field must be added to the encoding.
func TestLine(t *testing.T) {
	parent, child := pair(t)
	if child.Wants() {
		t.Error("wanted from the beginning")
	}
	parent.Observe(true)
	if !child.Wants() {
		t.Error("not wanted")
	}
	want := exampleLine()
	for i := range reflect.TypeFor[pop3.DialogueLine]().NumField() {
		if reflect.ValueOf(want).Field(i).IsZero() {
			t.Errorf("%s has no example", reflect.TypeFor[pop3.DialogueLine]().Field(i).Name)
		}
	}
	for range 5000 { // several times around the ring
		child.Line(&want)
		if got, lost := taken(parent); lost != 0 || len(got) != 1 || !reflect.DeepEqual(got[0], want) {
			t.Fatalf("%d lost, %+v", lost, got)
		}
	}
}

// A parent that does not read loses the newest lines and knows how many.
func TestLineLost(t *testing.T) {
	parent, child := pair(t)
	line := exampleLine()
	for range 5000 {
		child.Line(&line)
	}
	got, lost := taken(parent)
	if len(got) < 500 || int64(len(got))+lost != 5000 {
		t.Errorf("%d lines, %d lost", len(got), lost)
	}
	line.Text = strings.Repeat("x", 10_000)
	child.Line(&line)
	if got, lost := taken(parent); lost != 0 || len(got) != 1 || len(got[0].Text) != maxText {
		t.Errorf("%d lost, %+v", lost, got)
	}
}

// A child that was taken over may write anything: the parent ends, and reads later lines.
func FuzzLines(f *testing.F) {
	f.Add([]byte{}, uint64(10))
	f.Add([]byte{255, 255}, uint64(ringSize+1))
	f.Add([]byte{0, 0, 0, 0}, uint64(1<<63))
	f.Fuzz(func(t *testing.T, octets []byte, written uint64) {
		parent, child := pair(t)
		copy(child.ring.data[:], octets)
		child.ring.written.Store(written)
		taken(parent)
		line := exampleLine()
		child.Line(&line)
		if got, lost := taken(parent); lost != 0 || len(got) != 1 || !reflect.DeepEqual(got[0], line) {
			t.Errorf("%d lost, %+v", lost, got)
		}
	})
}
