//go:build integration

package clients

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/fixture"
)

// mailboxFor returns the messages that are in the mailbox of a client.
func (c *Client) mailboxFor(messages []corpus.Message) []corpus.Message {
	return slices.DeleteFunc(slices.Clone(messages), func(m corpus.Message) bool { return Applies(c.breaks, &m) })
}

func TestClientsFetch(t *testing.T) {
	all := corpus.Messages(1, 500)
	for _, c := range All {
		t.Run(c.Name, func(t *testing.T) {
			messages := c.mailboxFor(all)
			box := fixture.NewMailbox(t, messages)
			before := box.Files(t)
			got := c.Fetch(t, NewJob(t, box.Start(t), Keep))
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
			if after := box.Files(t); len(after) != len(before) {
				t.Errorf("%d messages are left of %d, though none was deleted", len(after), len(before))
			}
		})
	}
}

// compareOrdered compares message by message and returns how many.
func (c *Client) compareOrdered(t *testing.T, messages []corpus.Message, got [][]byte) int {
	compared := 0
	for i := range min(len(got), len(messages)) {
		m := &messages[i]
		if Applies(c.Alters, m) {
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
func (c *Client) compareUnordered(t *testing.T, messages []corpus.Message, got [][]byte) int {
	came := map[string]int{}
	for _, g := range got {
		came[string(g)]++
	}
	compared := 0
	for i := range messages {
		m := &messages[i]
		if Applies(c.Alters, m) {
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

// closest returns the difference from the message that is longest the same.
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
	for _, c := range All {
		t.Run(c.Name, func(t *testing.T) {
			box := fixture.NewMailbox(t, messages)
			d := box.Start(t)
			if got := c.Fetch(t, NewJob(t, d, Remove)); len(got) != len(messages) {
				t.Errorf("fetched %d messages of %d", len(got), len(messages))
			}
			if left := box.Files(t); len(left) != 0 {
				t.Errorf("%d messages are left: %s …\n%s", len(left), left[0], d.Log())
			}
		})
	}
}

// TestClientsLeaveOnServer fetches again and again without deleting: only what
// is new may come, also from a server that was restarted.
func TestClientsLeaveOnServer(t *testing.T) {
	for _, c := range All {
		if !slices.Contains([]string{"fetchmail", "getmail", "mpop"}, c.Name) {
			continue // these have no memory
		}
		t.Run(c.Name, func(t *testing.T) {
			box := fixture.NewMailbox(t, c.mailboxFor(corpus.Messages(3, 100)))
			d := box.Start(t)
			j := NewJob(t, d, OnlyNew)
			for _, step := range []struct {
				name   string
				before func()
				want   int
			}{
				{"first", func() {}, len(box.Files(t))},
				{"again", func() {}, 0},
				{"restarted", func() { j.Daemon = fixture.Restart(t, box, d) }, 0},
				{"new mail", func() { deliver(t, box, "1800000000.M1P1.host") }, 1},
				{"seen by another program", func() { rename(t, box) }, 0},
			} {
				step.before()
				if got := c.Fetch(t, j); len(got) != step.want {
					t.Fatalf("%s: %d messages came, want %d\n%s", step.name, len(got), step.want, j.Log())
				}
			}
		})
	}
}

// deliver puts a message into the mailbox, as a delivery agent does.
func deliver(t *testing.T, box fixture.Mailbox, name string) {
	t.Helper()
	file := filepath.Join(box.Dir, "tmp", name)
	if err := os.WriteFile(file, []byte("Subject: new\n\nmail\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(file, filepath.Join(box.Dir, "new", name)); err != nil {
		t.Fatal(err)
	}
}

// rename moves all messages from new to cur with a flag, as a mail program
// does that reads the same Maildir.
func rename(t *testing.T, box fixture.Mailbox) {
	t.Helper()
	for _, file := range box.Files(t) {
		name, isNew := strings.CutPrefix(file, "new/")
		if !isNew {
			continue
		}
		if err := os.Rename(filepath.Join(box.Dir, file), filepath.Join(box.Dir, "cur", name+":2,S")); err != nil {
			t.Fatal(err)
		}
	}
}
