package pop3test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

// Maildrop is a maildrop of an implementation under test.
type Maildrop struct {
	// Open opens it for one session, with exact sizes and locked.
	Open func() (pop3.Mailbox, error)
	// Remove takes away the n-th of the texts it was made of, as another
	// program would.
	Remove func(n int)
	// Elsewhere says that the maildrop is at another server, which hears later
	// that a session has ended without Update: Open is tried again for a while.
	Elsewhere bool
	// LooseEnds says that the server has rules of its own for a message whose
	// last line has no line end: it may have, or be announced with, a CRLF more
	// or less.
	LooseEnds bool
	// OtherLast says that the server has its own rule for LAST.
	OtherLast bool
}

// texts is the mail that the suite works on.
var texts = []string{
	"Subject: one\n\nfirst\n",
	"Subject: two\r\n\r\n.second\r\n..\r\n",
	"Subject: three\n\nno newline at the end",
	"",
	"Subject: five\n\nbare\rCR and NUL \x00 and \xff\n" + strings.Repeat("long ", 5000) + "\n",
}

// TestMailbox runs the suite on maildrops that create makes of texts, in their
// order.
func TestMailbox(t *testing.T, create func(t *testing.T, texts []string) Maildrop) {
	tests := []struct {
		name string
		run  func(t *testing.T, create func(texts ...string) Maildrop)
	}{
		{"an empty maildrop", testEmpty},
		{"sizes are those on the wire", testSizes},
		{"messages are as stored", testContent},
		{"UIDLs are legal and do not change", testUIDL},
		{"only marked messages are removed", testUpdate},
		{"nothing is removed without Update", testClose},
		{"a removed message is no message", testRemoved},
		{"removing what is already gone", testRemovedUpdate},
		{"one session at a time", testLock},
		{"retrieved messages are remembered", testSeen},
		{"LAST does not jump over a message", testSeenGap},
		{"a listing does not change", testImmutable},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			test.run(t, func(texts ...string) Maildrop { return create(t, texts) })
		})
	}
}

func testEmpty(t *testing.T, create func(...string) Maildrop) {
	m := open(t, create())
	if n, octets, last := m.Listing().Len(), m.Listing().Octets(), m.Listing().Last(); n != 0 || octets != 0 || last != 0 {
		t.Errorf("empty maildrop: %d messages, %d octets, last %d", n, octets, last)
	}
	update(t, m, nil)
}

// loose reports whether the end of the message may be another.
func (d Maildrop) loose(text string) bool { return d.LooseEnds && !strings.HasSuffix(text, "\n") }

func testSizes(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	if got := m.Listing().Len(); got != len(texts) {
		t.Fatalf("%d messages, want %d", got, len(texts))
	}
	var sum int64
	for i, text := range texts {
		want := int64(len(wire(text)))
		got := m.Listing().Message(i + 1).Octets
		sum += got
		if got != want && !(drop.loose(text) && max(got-want, want-got) == 2) {
			t.Errorf("message %d: %d octets, want %d", i+1, got, want)
		}
	}
	if got := m.Listing().Octets(); got != sum {
		t.Errorf("all: %d octets, want %d", got, sum)
	}
}

func testContent(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	for _, n := range []int{5, 1, 3, 2, 4, 1} {
		got := read(t, m, n)
		if drop.loose(texts[n-1]) {
			got = strings.TrimSuffix(got, "\r\n")
		}
		if wire(got) != wire(texts[n-1]) {
			t.Errorf("message %d: %.80q, want %.80q", n, got, texts[n-1])
		}
	}
}

var legalUIDL = regexp.MustCompile(`^[\x21-\x7e]{1,70}$`) // RFC 1939 §7

func testUIDL(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	for i, uidl := range before {
		if !legalUIDL.MatchString(uidl) {
			t.Errorf("message %d: illegal UIDL %q", i+1, uidl)
		}
		if slices.Index(before, uidl) != i {
			t.Errorf("message %d: UIDL %q a second time", i+1, uidl)
		}
	}
	read(t, m, 2)
	marks := &pop3.Marks{}
	marks.See(2)
	update(t, m, marks)
	if after := uidls(open(t, drop)); !slices.Equal(before, after) {
		t.Errorf("UIDLs changed: %q, before %q", after, before)
	}
}

func testUpdate(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	marks := &pop3.Marks{}
	marks.Delete(1)
	marks.Delete(4)
	update(t, m, marks)
	m = open(t, drop)
	if got, want := uidls(m), []string{before[1], before[2], before[4]}; !slices.Equal(got, want) {
		t.Fatalf("left %q, want %q", got, want)
	}
	if got := read(t, m, 3); wire(got) != wire(texts[4]) {
		t.Errorf("message 3 is not what message 5 was: %.80q", got)
	}
}

func testClose(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	read(t, m, 1)
	closeMailbox(t, m)
	closeMailbox(t, m)
	if after := uidls(open(t, drop)); !slices.Equal(before, after) {
		t.Errorf("%q, before %q", after, before)
	}
}

func testRemoved(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	drop.Remove(2)
	for range 2 {
		if r, err := m.Open(t.Context(), 2); !errors.Is(err, pop3.ErrNoMessage) {
			t.Fatalf("removed message: %v, %v, want ErrNoMessage", r, err)
		}
	}
	if got := read(t, m, 3); wire(got) != wire(texts[2]) {
		t.Errorf("message 3: %q", got)
	}
	if got := m.Listing().Len(); got != len(texts) {
		t.Errorf("the listing lost a message: %d, want %d", got, len(texts))
	}
}

func testRemovedUpdate(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	before := uidls(m)
	drop.Remove(1)
	marks := &pop3.Marks{}
	marks.Delete(1)
	marks.Delete(2)
	update(t, m, marks)
	if got, want := uidls(open(t, drop)), before[2:]; !slices.Equal(got, want) {
		t.Errorf("left %q, want %q", got, want)
	}
}

func testLock(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	if other, err := drop.Open(); !errors.Is(err, pop3.ErrLocked) {
		if err == nil {
			_ = other.Close()
		}
		t.Fatalf("second session: %v, want ErrLocked", err)
	}
	closeMailbox(t, m)
	m = open(t, drop)
	update(t, m, nil)
	open(t, drop)
}

func testSeen(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	marks := &pop3.Marks{}
	for _, n := range []int{1, 2, 3} {
		read(t, m, n) // Another server marks a message when it sends it.
		marks.See(n)
	}
	marks.Delete(3)
	update(t, m, marks)
	if got := open(t, drop).Listing().Last(); got != 2 {
		t.Errorf("last retrieved %d, want 2", got)
	}
}

// A client that trusts LAST must not miss what is before a message that was
// read out of turn.
func testSeenGap(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	read(t, m, 2)
	marks := &pop3.Marks{}
	marks.See(2)
	update(t, m, marks)
	if got := open(t, drop).Listing().Last(); got != 0 && !drop.OtherLast {
		t.Errorf("last retrieved %d, want 0: message 1 was not", got)
	}
}

func testImmutable(t *testing.T, create func(...string) Maildrop) {
	drop := create(texts...)
	m := open(t, drop)
	listing := m.Listing()
	marks := &pop3.Marks{}
	marks.Delete(1)
	update(t, m, marks)
	open(t, drop)
	if listing.Len() != len(texts) {
		t.Errorf("the listing has %d messages, had %d", listing.Len(), len(texts))
	}
}

func open(t *testing.T, drop Maildrop) pop3.Mailbox {
	t.Helper()
	m, err := drop.Open()
	for wait := time.Millisecond; drop.Elsewhere && errors.Is(err, pop3.ErrLocked) && wait < 10*time.Second; wait *= 2 {
		time.Sleep(wait)
		m, err = drop.Open()
	}
	if err != nil {
		t.Fatalf("open: %v", err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

func read(t *testing.T, m pop3.Mailbox, n int) string {
	t.Helper()
	r, err := m.Open(t.Context(), n)
	if err != nil {
		t.Fatalf("open message %d: %v", n, err)
	}
	defer r.Close()
	text, err := io.ReadAll(r)
	if err != nil {
		t.Fatalf("read message %d: %v", n, err)
	}
	return string(text)
}

// update does what QUIT does.
func update(t *testing.T, m pop3.Mailbox, marks *pop3.Marks) {
	t.Helper()
	if marks == nil {
		marks = &pop3.Marks{}
	}
	if err := m.Update(context.WithoutCancel(t.Context()), marks); err != nil {
		t.Fatalf("update: %v", err)
	}
	closeMailbox(t, m)
}

func closeMailbox(t *testing.T, m pop3.Mailbox) {
	t.Helper()
	if err := m.Close(); err != nil {
		t.Fatalf("close: %v", err)
	}
}

func uidls(m pop3.Mailbox) []string {
	var all []string
	for n := 1; n <= m.Listing().Len(); n++ {
		all = append(all, m.Listing().Message(n).UIDL)
	}
	return all
}

// wire is what a message is on the wire, before dots are stuffed.
func wire(text string) string {
	var b bytes.Buffer
	for _, line := range strings.SplitAfter(text, "\n") {
		if line == "" {
			continue
		}
		b.WriteString(strings.TrimSuffix(strings.TrimSuffix(line, "\n"), "\r"))
		if !strings.HasSuffix(line, "\n") && strings.HasSuffix(line, "\r") {
			b.WriteByte('\r')
		}
		b.WriteString("\r\n")
	}
	return b.String()
}
