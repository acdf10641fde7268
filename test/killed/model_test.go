//go:build integration && amd64

package killed

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/fixture"
)

// state is where a message can be.
type state int

const (
	alive   state = iota // in the mailbox
	maybe                // deleted by a session whose QUIT had no good answer
	deleted              // deleted by a session whose QUIT had one
)

// entry is a message of the model.
type entry struct {
	unique string
	data   []byte
	wire   string // what a client gets
	uidl   string // "" if no client has seen it
	state  state
}

// model is what is known of a mailbox, from outside.
type model struct {
	t       *testing.T
	program string             // the server
	user    fixture.SystemUser // whose files the messages are, if it has an UID
	box     fixture.Mailbox
	params  []string
	keeps   bool // keep-deleted
	follows bool // the list of another server
	lossy   bool // tpops_deleted may miss messages: its directory could not be written
	rng     *rand.Rand
	entries []*entry
	order   []string // UIDLs as a client has seen them last
	label   string   // of the present attempt, for errors
}

// newModel makes a mailbox of n messages.
func newModel(t *testing.T, n int, params ...string) *model {
	m := &model{t: t, program: fixture.Program(t, "tpops"), box: fixture.NewMailbox(t, nil), rng: rand.New(rand.NewPCG(uint64(n), 9))}
	m.user = fixture.SystemUser{Name: fixture.User, Password: fixture.Password}
	m.params = append(m.box.Params("--maildir-use-filesize=no", "--maildir-extended=no", "--error-interval=0"), params...)
	m.keeps = slices.Contains(params, "--keep-deleted=7d")
	m.follows = slices.ContainsFunc(params, func(p string) bool { return strings.HasPrefix(p, "--maildir-uidl=") })
	m.deliver(n)
	return m
}

// errorf reports a fault with the attempt.
func (m *model) errorf(format string, args ...any) {
	m.t.Helper()
	m.t.Errorf("%s: %s", m.label, fmt.Sprintf(format, args...))
}

// deliver puts n new messages into the mailbox.
func (m *model) deliver(n int) {
	m.t.Helper()
	for range n {
		i := len(m.entries)
		data := fmt.Appendf(nil, "Subject: message %d\n\n.\nbody %d%s", i, i, strings.Repeat("\nline", m.rng.IntN(300)))
		unique := fmt.Sprintf("%d.M%dP%d.host", 1700000000+i, m.rng.IntN(1000000), i)
		name := []string{"new/" + unique, "cur/" + unique + ":2,", "cur/" + unique + ":2,FS"}[i%3]
		if i%7 == 6 {
			unique += strings.Repeat("x", 60) // no legal UIDL
			name = "new/" + unique
		}
		if err := corpus.Write(m.box.Dir, []corpus.Message{{Name: name, Data: data}}); err != nil {
			m.t.Fatal(err)
		}
		if err := os.Chown(filepath.Join(m.box.Dir, name), m.user.UID, m.user.GID); err != nil {
			m.t.Fatal(err)
		}
		m.entries = append(m.entries, &entry{unique: unique, data: data, wire: string(corpus.Wire(data))})
	}
}

// count returns how many messages are in a state.
func (m *model) count(s state) (n int) {
	for _, e := range m.entries {
		if e.state == s {
			n++
		}
	}
	return n
}

// byWire returns the message with a content.
func (m *model) byWire(wire string) *entry {
	for _, e := range m.entries {
		if e.wire == wire {
			return e
		}
	}
	return nil
}

// files returns the contents of the files in the mailbox, by unique name, and of those
// in tpops_deleted.
func (m *model) files() (inbox, hidden map[string][][]byte) {
	m.t.Helper()
	read := func(patterns ...string) map[string][][]byte {
		found := map[string][][]byte{}
		for _, pattern := range patterns {
			names, err := filepath.Glob(filepath.Join(m.box.Dir, pattern))
			if err != nil {
				m.t.Fatal(err)
			}
			for _, name := range names {
				data, err := os.ReadFile(name)
				if err != nil {
					m.t.Fatal(err)
				}
				unique, _, _ := strings.Cut(filepath.Base(name), ":")
				found[unique] = append(found[unique], data)
			}
		}
		return found
	}
	return read("new/*", "cur/*"), read("tpops_deleted/*/from-*/*", "tpops_set_aside/*/from-*/*")
}

// checkFiles compares the files with the model, and settles what is not certain.
func (m *model) checkFiles() {
	m.t.Helper()
	inbox, hidden := m.files()
	for _, e := range m.entries {
		if e.unique == "" {
			continue // It was forgotten.
		}
		in := inbox[e.unique]
		delete(inbox, e.unique)
		if e.state == maybe {
			e.state = alive
			if len(in) == 0 {
				e.state = deleted
			}
		}
		if want := map[state]int{alive: 1}[e.state]; len(in) != want {
			m.errorf("%s: %d files in the mailbox, want %d", e.unique, len(in), want)
		}
		in = append(in, hidden[e.unique]...)
		if m.keeps && len(in) != 1 && !(m.lossy && len(in) == 0) {
			m.errorf("%s: %d files in the mailbox and with the deleted ones", e.unique, len(in))
		}
		if slices.ContainsFunc(in, func(data []byte) bool { return !bytes.Equal(data, e.data) }) {
			m.errorf("%s: other content", e.unique)
		}
	}
	for name := range inbox {
		m.errorf("unknown file %s", name)
	}
}

// forget drops messages that are deleted, so that the model does not grow without end.
func (m *model) forget() {
	if m.keeps && len(m.entries)%100 > 3 {
		return
	}
	_ = os.RemoveAll(filepath.Join(m.box.Dir, "tpops_deleted")) // as tpopsctl expire-deleted does
	for _, e := range m.entries {
		if e.state == deleted {
			*e = entry{wire: "forgotten", state: deleted}
		}
	}
}
