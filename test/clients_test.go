//go:build integration

package test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/corpus"
)

// Each of these programs fetches a whole mailbox, and what it stores is
// compared with the files in the Maildir, octet by octet, after its line ends
// and what it is known to add have been undone. What a program alters by
// itself is in its table of losses.

// client is a mail program.
type client struct {
	name  string
	fetch func(t *testing.T, j *job) [][]byte // the messages in wire form
	// ordered says that the messages come in the mailbox's order, and by
	// number.
	ordered bool
	// breaks are the messages that this program cannot take; they are not in
	// its mailbox. alters are those that it takes, but changes.
	breaks, alters []loss
}

// loss is a kind of message that a program does not keep as it is.
type loss struct {
	reason  string
	applies func(m *corpus.Message) bool
}

// kind is true for one special kind of message.
func kind(name string) func(*corpus.Message) bool {
	return func(m *corpus.Message) bool { return m.Kind == name }
}

func malformed(m *corpus.Message) bool { return !m.WellFormed() }

func longLines(m *corpus.Message) bool { return m.Kind == "line of 3 MB" }

func nulInHeader(m *corpus.Message) bool {
	header, _, _ := bytes.Cut(corpus.Wire(m.Data), []byte("\r\n\r\n"))
	return bytes.Contains(header, []byte{0})
}

var clients = []client{
	{name: "curl", fetch: curl, ordered: true, alters: []loss{
		{"writes CRLF for an empty message", kind("empty")},
	}},
	{name: "poplib", fetch: script("python3", "fetch-poplib.py"), ordered: true},
	{name: "Net::POP3", fetch: perl, ordered: true},
	{name: "net-pop", fetch: script("ruby", "fetch-net-pop.rb"), ordered: true},
	{name: "mpop", fetch: mpop, alters: []loss{
		{"loses one CR where its buffer ends", kind("only CR")},
	}},
	{name: "fetchmail", fetch: fetchmail,
		breaks: []loss{{"loses its place in the answer", nulInHeader}},
		alters: []loss{
			{"removes NUL and bare CR, and makes up a header", malformed},
			{"writes beyond a buffer of 8,192 octets", longLines},
		}},
	{name: "getmail", fetch: getmail, alters: []loss{
		{"parses the message with Python's email package, and writes it again", malformed},
	}},
	{name: "mutt", fetch: mutt,
		breaks: []loss{{"takes an empty message for a lost connection", kind("empty")}},
		alters: []loss{{"ends the header where it sees no field", malformed}}},
}

// any of the losses applies to the message.
func applies(losses []loss, m *corpus.Message) bool {
	return slices.ContainsFunc(losses, func(l loss) bool { return l.applies(m) })
}

// mailboxFor returns the messages that are in the mailbox of a client.
func (c *client) mailboxFor(messages []corpus.Message) []corpus.Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m corpus.Message) bool { return applies(c.breaks, &m) })
}

func TestClientsFetch(t *testing.T) {
	all := corpus.Messages(1, 500)
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			messages := c.mailboxFor(all)
			box := newMailbox(t, messages)
			before := box.files(t)
			got := c.fetch(t, newJob(t, box.start(t), keep))
			if len(got) != len(messages) {
				t.Errorf("fetched %d messages of %d", len(got), len(messages))
			}
			compared := 0
			if c.ordered {
				compared = c.compareOrdered(t, messages, got)
			} else {
				compared = c.compareUnordered(t, messages, got)
			}
			if compared < 200 {
				t.Errorf("only %d messages compared", compared)
			}
			if after := box.files(t); len(after) != len(before) {
				t.Errorf("%d messages are left of %d, though none was deleted", len(after), len(before))
			}
		})
	}
}

// compareOrdered compares message by message and returns how many.
func (c *client) compareOrdered(t *testing.T, messages []corpus.Message, got [][]byte) int {
	compared := 0
	for i := range min(len(got), len(messages)) {
		m := &messages[i]
		if applies(c.alters, m) {
			continue
		}
		compared++
		if want := corpus.Wire(m.Data); !bytes.Equal(got[i], want) {
			t.Fatalf("message %d (%s, %s): %s", i+1, m.Kind, m.Name, difference(got[i], want))
		}
	}
	return compared
}

// compareUnordered looks for each message among those that came, and returns
// how many.
func (c *client) compareUnordered(t *testing.T, messages []corpus.Message, got [][]byte) int {
	came := map[string]int{}
	for _, g := range got {
		came[string(g)]++
	}
	compared := 0
	for i := range messages {
		m := &messages[i]
		if applies(c.alters, m) {
			continue
		}
		compared++
		want := string(corpus.Wire(m.Data))
		if came[want]--; came[want] < 0 {
			t.Fatalf("message %d (%s, %s) did not come as it is: %s", i+1, m.Kind, m.Name, closest(got, []byte(want)))
		}
	}
	return compared
}

// closest tells the difference to the message that is longest the same.
func closest(got [][]byte, want []byte) string {
	best := []byte{}
	for _, g := range got {
		if common(g, want) > common(best, want) {
			best = g
		}
	}
	return difference(best, want)
}

// common returns for how many octets a and b are the same.
func common(a, b []byte) int {
	n := min(len(a), len(b))
	for i := range n {
		if a[i] != b[i] {
			return i
		}
	}
	return n
}

func difference(got, want []byte) string {
	n := common(got, want)
	around := func(text []byte) []byte { return text[max(0, n-20):min(len(text), n+40)] }
	return fmt.Sprintf("%d octets, want %d; from octet %d on %q, want %q", len(got), len(want), n, around(got), around(want))
}

func TestClientsDelete(t *testing.T) {
	// As a person would have them; what is deleted does not depend on content.
	var messages []corpus.Message
	for _, m := range corpus.Messages(2, 120) {
		if m.WellFormed() && len(m.Data) < 100000 {
			messages = append(messages, m)
		}
	}
	for _, c := range clients {
		t.Run(c.name, func(t *testing.T) {
			box := newMailbox(t, messages)
			d := box.start(t)
			if got := c.fetch(t, newJob(t, d, remove)); len(got) != len(messages) {
				t.Errorf("fetched %d messages of %d", len(got), len(messages))
			}
			if left := box.files(t); len(left) != 0 {
				t.Errorf("%d messages are left: %s …\n%s", len(left), left[0], d.Log())
			}
		})
	}
}

// TestClientsLeaveOnServer fetches again and again without deleting: only what
// is new may come, also from a server that was restarted.
func TestClientsLeaveOnServer(t *testing.T) {
	for _, c := range clients {
		if !slices.Contains([]string{"fetchmail", "getmail", "mpop"}, c.name) {
			continue // these have no memory
		}
		t.Run(c.name, func(t *testing.T) {
			box := newMailbox(t, c.mailboxFor(corpus.Messages(3, 100)))
			d := box.start(t)
			j := newJob(t, d, onlyNew)
			for _, step := range []struct {
				name   string
				before func()
				want   int
			}{
				{"first", func() {}, len(box.files(t))},
				{"again", func() {}, 0},
				{"restarted", func() { j.Daemon = restart(t, box, d) }, 0},
				{"new mail", func() { deliver(t, box, "1800000000.M1P1.host") }, 1},
				{"seen by another program", func() { rename(t, box) }, 0},
			} {
				step.before()
				if got := c.fetch(t, j); len(got) != step.want {
					t.Fatalf("%s: %d messages came, want %d\n%s", step.name, len(got), step.want, j.Log())
				}
			}
		})
	}
}

// deliver puts a message into the mailbox, as a delivery agent does.
func deliver(t *testing.T, box mailbox, name string) {
	t.Helper()
	file := filepath.Join(box.dir, "tmp", name)
	if err := os.WriteFile(file, []byte("Subject: new\n\nmail\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, filepath.Join(box.dir, "new", name)); err != nil {
		t.Fatal(err)
	}
}

// rename moves all messages from new to cur with a flag, as a mail program
// does that reads the same Maildir.
func rename(t *testing.T, box mailbox) {
	t.Helper()
	for _, file := range box.files(t) {
		name, isNew := strings.CutPrefix(file, "new/")
		if !isNew {
			continue
		}
		if err := os.Rename(filepath.Join(box.dir, file), filepath.Join(box.dir, "cur", name+":2,S")); err != nil {
			t.Fatal(err)
		}
	}
}
