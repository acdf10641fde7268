package proxy

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"tpops/pkg/pop3"
)

// errClosedHere is the error of calls after Close.
var errClosedHere = errors.New("the mailbox is closed")

// The errors for a client when deletions fail.
var (
	errUntouched = &pop3.Error{Code: pop3.CodeSysTemp, Text: "service unavailable, no message was deleted"}
	errUnknown   = &pop3.Error{Code: pop3.CodeSysTemp, Text: "service unavailable, perhaps not all deleted messages were removed"}
)

// batch is how many commands are sent before their replies are read. They fit into the
// buffers of both sides, so that neither waits for the other.
const batch = 50

// Update sends the deletions and then QUIT, which makes the backend delete the messages
// (RFC 1939 §6). If it fails before QUIT, no message is deleted, and the *pop3.Error
// reports this. A *pop3.UpdateError has the messages that the backend did not delete. If
// the backend does not reply to QUIT or refuses it, the deletion of the others is
// unconfirmed.
func (m *mailbox) Update(ctx context.Context, marks *pop3.Marks) error {
	defer m.conn.bind(ctx)()
	var kept *pop3.UpdateError
	err := m.conn.err
	if err == nil {
		kept, err = m.prepare(marks)
	}
	if err != nil {
		_ = m.conn.fail(err) // so that no QUIT follows
		return fmt.Errorf("%w: %w", errUntouched, err)
	}
	a, err := m.conn.ask("QUIT")
	_ = m.conn.fail(errClosedHere)
	switch {
	case err != nil:
		return unconfirmed(kept, errUnknown, fmt.Errorf("QUIT: %w", err))
	case !a.ok:
		r := m.quitRefusal(a)
		return unconfirmed(kept, r.answer, r)
	case kept != nil:
		return kept
	}
	return nil
}

// unconfirmed returns the error for a QUIT that has failed.
func unconfirmed(kept *pop3.UpdateError, reply *pop3.Error, why error) error {
	result := &pop3.UpdateError{Unconfirmed: true, Err: why, Answer: reply}
	if kept != nil {
		result.Kept, result.Err = kept.Kept, fmt.Errorf("%w; %w", why, kept.Err)
	}
	return result
}

// prepare sends all that comes before QUIT.
func (m *mailbox) prepare(marks *pop3.Marks) (*pop3.UpdateError, error) {
	if m.takenBack(marks) {
		a, err := m.conn.ask("RSET")
		if err == nil && !a.ok {
			err = m.conn.newRefusal("RSET", a.text)
		}
		if err != nil {
			return nil, err
		}
	}
	var kept *pop3.UpdateError
	var numbers []int
	for n := range marks.Deleted() {
		if numbers = append(numbers, n); len(numbers) < m.batch() {
			continue
		}
		if err := m.delete(numbers, &kept); err != nil {
			return nil, err
		}
		numbers = numbers[:0]
	}
	err := m.delete(numbers, &kept)
	return kept, err
}

// takenBack reports whether the client has reset the mark of a message that the backend
// considers retrieved.
func (m *mailbox) takenBack(marks *pop3.Marks) bool {
	for n := range m.retrieved.Seen() {
		if !marks.IsSeen(n) {
			return true
		}
	}
	return false
}

// batch returns how many commands may be sent at once.
func (m *mailbox) batch() int {
	if m.features.pipelining {
		return batch
	}
	return 1
}

// delete sends DELE for each of the numbers. It adds the messages that the backend
// refuses to delete to kept.
func (m *mailbox) delete(numbers []int, kept **pop3.UpdateError) error {
	if len(numbers) == 0 {
		return nil
	}
	var commands strings.Builder
	for _, n := range numbers {
		fmt.Fprintf(&commands, "DELE %d\r\n", n)
	}
	if err := m.conn.send(commands.String()); err != nil {
		return fmt.Errorf("DELE: %w", err)
	}
	for _, n := range numbers {
		a, err := m.conn.readAnswer()
		if err != nil {
			return fmt.Errorf("DELE: %w", err)
		}
		if a.ok {
			continue
		}
		if *kept == nil {
			// Use the text only: a code of the backend must not become that of QUIT.
			*kept = &pop3.UpdateError{Err: errors.New(m.conn.newRefusal("DELE", a.text).Error())}
		}
		(*kept).Kept = append((*kept).Kept, n)
	}
	return nil
}

// quitRefusal is an -ERR of the backend to QUIT, after which some messages may remain
// (RFC 1939 §6).
func (m *mailbox) quitRefusal(a answer) *refusal {
	r := m.conn.newRefusal("QUIT", a.text)
	if r.answer.Code != pop3.CodeSysPerm {
		r.answer.Code = pop3.CodeSysTemp
	}
	if r.answer.Text == "" {
		r.answer.Text = pop3.ErrNotAll.Text
	}
	return r
}
