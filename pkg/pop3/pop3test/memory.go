package pop3test

import (
	"context"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"time"

	"tpops/pkg/pop3"
)

// Memory is a maildrop in memory. Goroutines may share it.
type Memory struct {
	mu       sync.Mutex
	messages []*message
	locked   bool
	next     int
}

type message struct {
	uidl, text string
	seen, gone bool
	stuck      bool
	broken     bool
	denied     bool
	unreadable bool
	changed    time.Time
}

// NewMemory returns a maildrop with the given messages.
func NewMemory(texts ...string) *Memory {
	m := &Memory{}
	for _, text := range texts {
		m.Add(text)
	}
	return m
}

// Add appends a message.
func (d *Memory) Add(text string) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.next++
	d.messages = append(d.messages, &message{uidl: fmt.Sprintf("uidl-%d", d.next), text: text, changed: time.Now()})
}

// Remove takes away the n-th message that was added, as another program would.
func (d *Memory) Remove(n int) { d.change(n, func(m *message) { m.gone = true }) }

// Stick makes the n-th message that was added impossible to delete.
func (d *Memory) Stick(n int) { d.change(n, func(m *message) { m.stuck = true }) }

// Break makes reading the n-th message that was added fail at its end.
func (d *Memory) Break(n int) { d.change(n, func(m *message) { m.broken = true }) }

// Deny makes the n-th message that was added impossible to open.
func (d *Memory) Deny(n int) { d.change(n, func(m *message) { m.denied = true }) }

// Spoil makes the n-th message that was added unreadable, which the sessions that
// begin later know.
func (d *Memory) Spoil(n int) { d.change(n, func(m *message) { m.denied, m.unreadable = true, true }) }

func (d *Memory) change(n int, f func(*message)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	uidl := fmt.Sprintf("uidl-%d", n)
	for _, m := range d.messages {
		if m.uidl == uidl {
			f(m)
		}
	}
}

// Lock locks the maildrop as another session would, or frees it again.
func (d *Memory) Lock(locked bool) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.locked = locked
}

// Texts returns the messages that are there.
func (d *Memory) Texts() []string {
	d.mu.Lock()
	defer d.mu.Unlock()
	var texts []string
	for _, m := range d.messages {
		if !m.gone {
			texts = append(texts, m.text)
		}
	}
	return texts
}

// Open opens the maildrop for a session.
func (d *Memory) Open() (pop3.Mailbox, error) {
	d.mu.Lock()
	defer d.mu.Unlock()
	if d.locked {
		return nil, fmt.Errorf("maildrop in memory: %w", pop3.ErrLocked)
	}
	d.locked = true
	s := &memorySession{drop: d}
	var rows []pop3.Message
	for _, m := range d.messages {
		if !m.gone {
			s.messages = append(s.messages, m)
			rows = append(rows, pop3.Message{UIDL: m.uidl, Octets: int64(len(wire(m.text))), Seen: m.seen, Unreadable: m.unreadable})
		}
	}
	s.listing = pop3.NewListing(rows)
	return s, nil
}

type memorySession struct {
	drop     *Memory
	messages []*message
	listing  *pop3.Listing
	closed   bool
}

// Suspend implements pop3.Suspender: a session may be resumed by another server, with the
// same mailbox.
func (s *memorySession) Suspend() (state []byte, files []*os.File) { return nil, nil }

// Listing returns the messages there were when the maildrop was opened.
func (s *memorySession) Listing() *pop3.Listing { return s.listing }

// Open returns message number n, or ErrNoMessage.
func (s *memorySession) Open(_ context.Context, n int) (io.ReadCloser, error) {
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	m := s.messages[n-1]
	if m.gone {
		return nil, fmt.Errorf("message in memory: %w", pop3.ErrNoMessage)
	}
	if m.denied {
		return nil, fmt.Errorf("message in memory: %w", pop3.ErrEncoded)
	}
	var r io.Reader = strings.NewReader(m.text)
	if m.broken {
		r = io.MultiReader(r, brokenReader{})
	}
	return io.NopCloser(r), nil
}

// Changed returns when message number n was added, or ErrNoMessage.
func (s *memorySession) Changed(_ context.Context, n int) (time.Time, error) {
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	if s.messages[n-1].gone {
		return time.Time{}, fmt.Errorf("message in memory: %w", pop3.ErrNoMessage)
	}
	return s.messages[n-1].changed, nil
}

type brokenReader struct{}

// Read fails.
func (brokenReader) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }

// Update removes what is marked, but for messages that are stuck.
func (s *memorySession) Update(_ context.Context, marks *pop3.Marks) error {
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	for n := range marks.Seen() {
		s.messages[n-1].seen = true
	}
	var kept []int
	for n := range marks.Deleted() {
		if s.messages[n-1].stuck {
			kept = append(kept, n)
			continue
		}
		s.messages[n-1].gone = true
	}
	if kept != nil {
		return &pop3.UpdateError{Kept: kept, Err: io.ErrNoProgress}
	}
	return nil
}

// Close gives back the lock.
func (s *memorySession) Close() error {
	s.drop.mu.Lock()
	defer s.drop.mu.Unlock()
	if !s.closed {
		s.closed, s.drop.locked = true, false
	}
	return nil
}
