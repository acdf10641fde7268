package proxy

import (
	"bytes"
	"fmt"
	"math"
	"strconv"
	"strings"

	"tpops/pkg/pop3"
)

// maxMessages is the maximum number of messages, because the listing is kept in memory.
const maxMessages = 500_000

// list reads the listing. An inconsistent one is an error: if a number meant another
// message on the backend, the wrong message would be deleted.
func (c *conn) list(f features) (*pop3.Listing, error) {
	l := &lister{conn: c, features: f}
	steps := []struct {
		command string
		read    func(answer) error
	}{
		{"STAT", l.stat}, // RFC 1939 §5
		{"LIST", l.list}, // RFC 1939 §5
		{"UIDL", l.uidl}, // RFC 1939 §7
		{"LAST", l.last}, // RFC 1460
	}
	if f.pipelining { // RFC 2449 §6.6
		if err := c.send("STAT\r\nLIST\r\nUIDL\r\nLAST\r\n"); err != nil {
			return nil, err
		}
	}
	for _, step := range steps {
		a, err := l.answer(step.command, f.pipelining)
		if err == nil {
			err = step.read(a)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", step.command, err)
		}
	}
	return pop3.NewListing(l.messages), nil
}

// lister reads a listing.
type lister struct {
	*conn
	features features
	count    int64 // of STAT
	octets   int64 // of STAT
	messages []pop3.Message
}

// answer returns the reply to a command, which may have been sent already.
func (l *lister) answer(command string, sent bool) (answer, error) {
	if sent {
		return l.readAnswer()
	}
	return l.ask(command)
}

// required returns an error if the backend rejects a command that every server has.
func (l *lister) required(command string, a answer) error {
	if a.ok {
		return nil
	}
	return l.failed(command, a.text)
}

func (l *lister) stat(a answer) error {
	if err := l.required("STAT", a); err != nil {
		return err
	}
	var ok bool
	if l.count, l.octets, ok = twoNumbers(a.text); !ok {
		return l.nonsense([]byte(a.text))
	}
	if l.count > maxMessages {
		return fmt.Errorf("%d messages: more than %d are not served", l.count, maxMessages)
	}
	return nil
}

func (l *lister) list(a answer) error {
	if err := l.required("LIST", a); err != nil {
		return err
	}
	var sum int64
	err := l.readLines(int(l.count), func(line []byte) bool {
		n, octets, ok := twoNumbers(string(line))
		if !ok || n != int64(len(l.messages)+1) || octets > math.MaxInt64-sum {
			return false
		}
		sum += octets
		l.messages = append(l.messages, pop3.Message{Octets: octets})
		return true
	})
	if err != nil {
		return err
	}
	if int64(len(l.messages)) != l.count || sum != l.octets {
		return fmt.Errorf("%w: %d messages of %d octets, and STAT has %d of %d",
			ErrNonsense, len(l.messages), sum, l.count, l.octets)
	}
	return nil
}

// uidl reads the UIDLs. A backend without UIDL is accepted.
func (l *lister) uidl(a answer) error {
	if has, err := l.hasUIDL(a); !has {
		return err
	}
	n := 0
	err := l.readLines(len(l.messages), func(line []byte) bool {
		number, uidl, ok := parseUIDL(line)
		if n++; !ok || number != int64(n) || n > len(l.messages) {
			return false
		}
		// Two identical messages may share one (RFC 1939 §7).
		l.messages[n-1].UIDL = uidl
		return true
	})
	if err != nil {
		return err
	}
	if n != len(l.messages) {
		return fmt.Errorf("%w: %d messages have a UIDL, of %d", ErrNonsense, n, len(l.messages))
	}
	return nil
}

// last reads the highest number of a message that was retrieved earlier. Most servers do
// not support it. Servers derived from that of Berkeley add text after it.
func (l *lister) last(a answer) error {
	if has, err := l.hasLAST(a); !has {
		return err
	}
	first, _, _ := strings.Cut(a.text, " ")
	n, ok := number(first)
	if !ok || n > int64(len(l.messages)) {
		return l.nonsense([]byte(a.text))
	}
	for i := range n {
		l.messages[i].Seen = true // The client must get the same number.
	}
	return nil
}

// twoNumbers reads a drop or scan listing. The text after the second number is up to the
// server (RFC 1939 §5).
func twoNumbers(text string) (first, second int64, ok bool) {
	one, rest, _ := strings.Cut(text, " ")
	two, _, _ := strings.Cut(rest, " ")
	first, ok1 := number(one)
	second, ok2 := number(two)
	return first, second, ok1 && ok2
}

// number reads a number that consists of digits only.
func number(text string) (int64, bool) {
	n, err := strconv.ParseUint(text, 10, 63) // rejects a sign
	return int64(n), err == nil
}

// parseUIDL reads a unique-id listing (RFC 1939 §7).
func parseUIDL(line []byte) (n int64, uidl string, ok bool) {
	const most = 70
	first, id, _ := bytes.Cut(line, []byte(" "))
	id = bytes.TrimRight(id, " ")
	n, ok = number(string(first))
	for _, b := range id {
		ok = ok && b >= 0x21 && b <= 0x7E
	}
	return n, string(id), ok && len(id) > 0 && len(id) <= most
}
