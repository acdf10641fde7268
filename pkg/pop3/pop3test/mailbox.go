package pop3test

import (
	"regexp"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// Maildrop is a maildrop of an implementation under test.
type Maildrop struct {
	// Open opens the maildrop for one session, locked and with exact sizes.
	Open func() (pop3.Mailbox, error)
	// Remove removes the n-th of the texts, as another program would.
	Remove func(n int)
	// Remote means that the maildrop is on another server, which notices the end of a
	// session without Update a little later. The suite then repeats Open for a while.
	Remote bool
	// OwnLineEnd means that the server treats a message without a newline at the end in
	// its own way: its size and its text may differ by one CRLF.
	OwnLineEnd bool
	// OwnLast means that the server has its own rule for LAST.
	OwnLast bool
	// OwnRemoved means that the server rejects a message that was removed in words of its own,
	// which may mean something else.
	OwnRemoved bool
}

// texts are the messages of the suite.
var texts = []string{
	"Subject: one\n\nfirst\n",
	"Subject: two\r\n\r\n.second\r\n..\r\n",
	"Subject: three\n\nno newline at the end",
	"",
	"Subject: five\n\nbare\rCR and NUL \x00 and \xff\n" + strings.Repeat("long ", 5000) + "\n",
}

// TestMailbox runs the suite. create makes a maildrop with the given texts, in their
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
		{"a removed message cannot be opened", testRemoved},
		{"removing a message that is already gone", testRemovedUpdate},
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

// hasOwnEnd reports whether the server may have another end of the message.
func (d Maildrop) hasOwnEnd(text string) bool { return d.OwnLineEnd && !strings.HasSuffix(text, "\n") }

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
		if got != want && !(drop.hasOwnEnd(text) && max(got-want, want-got) == 2) {
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
		if drop.hasOwnEnd(texts[n-1]) {
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
			t.Errorf("message %d: UIDL %q occurs twice", i+1, uidl)
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
