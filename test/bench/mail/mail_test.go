package mail

import (
	"bytes"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

func TestMessage(t *testing.T) {
	for _, octets := range []int{0, 1000, 1 << 20} {
		m := Message(octets)
		if len(m) < octets || len(m) > max(octets, len(header))+2*len(text) {
			t.Errorf("Message(%d) has %d octets", octets, len(m))
		}
		if bytes.Contains(m, []byte("\n.")) || m[len(m)-1] != '\n' {
			t.Errorf("Message(%d) would need another form on the wire", octets)
		}
		if got, want := len(OnTheWire(m)), len(m)+bytes.Count(m, []byte("\n")); got != want {
			t.Errorf("OnTheWire has %d octets, want %d", got, want)
		}
	}
}

func TestMakeRefillDeliver(t *testing.T) {
	root := filepath.Join(t.TempDir(), "mail")
	boxes := Boxes("u", 3, 5, 700)
	boxes[1].Exact = true
	if err := Make(root, boxes); err != nil {
		t.Fatal(err)
	}
	dir := Dir(root, "u1")
	names, err := List(dir)
	if err != nil || len(names) != 5 {
		t.Fatalf("%d messages, %v", len(names), err)
	}
	want := len(OnTheWire(Message(700)))
	if !strings.Contains(strings.Join(names, " "), ",W="+strconv.Itoa(want)+":2,S") {
		t.Errorf("no size on the wire (%d) in %q", want, names)
	}
	if err := os.Remove(filepath.Join(dir, "cur", names[2])); err != nil {
		t.Fatal(err)
	}
	if err := Refill(root, boxes[1]); err != nil {
		t.Fatal(err)
	}
	if err := Deliver(root, boxes[1], 5); err != nil {
		t.Fatal(err)
	}
	if n, err := ReadAll(Dir(root, "u0")); n != 5 || err != nil {
		t.Errorf("ReadAll = %d, %v", n, err)
	}
	if names, err = List(dir); err != nil || len(names) != 6 {
		t.Errorf("after a refill and a delivery: %d messages, %v", len(names), err)
	}
}

// Take removes what it has read, and appendWire gives it the line ends of POP3.
func TestTake(t *testing.T) {
	root := filepath.Join(t.TempDir(), "mail")
	if err := Make(root, Boxes("u", 1, 3, 700)); err != nil {
		t.Fatal(err)
	}
	dir := Dir(root, "u0")
	if err := Look(dir); err != nil {
		t.Error(err)
	}
	if n, err := Take(dir, "cur"); n != 3 || err != nil {
		t.Errorf("Take = %d, %v", n, err)
	}
	if names, err := List(dir); len(names) != 0 || err != nil {
		t.Errorf("%d messages are left, %v", len(names), err)
	}
	for _, text := range [][]byte{Message(700), []byte("no end"), {}} {
		if got := appendWire(nil, text); !bytes.Equal(got, OnTheWire(text)) {
			t.Errorf("%q became %q", text, got)
		}
	}
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	if Look(dir) == nil {
		t.Error("no error for a Maildir that is missing")
	}
}
