// Package corpus makes a mailbox of messages to test with: some as people
// write them, and every kind that has made a mail server or client stumble.
// The same seed makes the same messages.
//
// It shares no code with the server: Wire works out on its own what a message has to
// look like to a client.
package corpus

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"regexp"
)

// Message is one message of a mailbox.
type Message struct {
	Kind string // what is special, or "random …" for a random one
	Name string // file name below the Maildir, with new/ or cur/
	Data []byte // the file's content
}

// WellFormed reports whether the message is a header of fields, a blank line
// and a body, without NUL and without a CR that no LF follows (RFC 5322).
// Programs that take mail apart and put it together again keep only such a
// message as it is.
func (m *Message) WellFormed() bool {
	text := bytes.ReplaceAll(m.Data, []byte("\r\n"), []byte("\n"))
	header, _, found := bytes.Cut(text, []byte("\n\n"))
	return found && fields.Match(header) && !bytes.ContainsAny(text, "\r\x00")
}

// fields matches a header (RFC 5322 §2.2, with 8-bit text).
var fields = regexp.MustCompile(`^([!-9;-~]+:[^\n]*(\n[ \t][^\n]*[^ \t\n])*(\n|$))+$`)

// Messages returns n messages in the order in which a server has to list
// them: by the leading number of the name. The special ones come first, as
// far as n goes; random ones fill up.
func Messages(seed uint64, n int) []Message {
	rng := rand.New(rand.NewPCG(seed, 0))
	messages := special(rng)
	for len(messages) < n {
		messages = append(messages, randomMessage(rng))
	}
	messages = messages[:n]
	for i := range messages {
		messages[i].Name = name(i, &messages[i], rng)
	}
	return messages
}

// name returns a file name for message number i. Delivery agents have many
// ways to name a file; all are taken in turn.
func name(i int, m *Message, rng *rand.Rand) string {
	unique := fmt.Sprintf("%d.M%dP%d_%d.host.example", 1700000000+i, rng.IntN(1000000), 1000+rng.IntN(30000), i)
	switch i % 8 {
	case 0:
		return "new/" + unique
	case 1:
		return "cur/" + unique + ":2,"
	case 2:
		return "cur/" + unique + ":2,S"
	case 3:
		return "cur/" + unique + ":2,FRS"
	case 4:
		return fmt.Sprintf("new/%s,S=%d", unique, len(m.Data))
	case 5:
		return fmt.Sprintf("cur/%s,S=%d,W=%d:2,S", unique, len(m.Data), len(Wire(m.Data)))
	case 6:
		// No legal UIDL (RFC 1939 §7): too long, and with a space.
		return fmt.Sprintf("new/%s a name of more than seventy octets, as some delivery agents make it", unique)
	default:
		return "cur/" + unique + ":2,Sabc\xff"
	}
}

// Write makes a Maildir at dir, which must not exist yet, with the messages
// in it.
func Write(dir string, messages []Message) error {
	for _, sub := range []string{"new", "cur", "tmp"} {
		if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
			return err
		}
	}
	for _, m := range messages {
		if err := os.WriteFile(filepath.Join(dir, m.Name), m.Data, 0o600); err != nil {
			return err
		}
	}
	return nil
}

// Wire returns what a client has to get for a message, after it has undone
// the dots (RFC 1939 §3): each LF without a CR in front gets one, and a last
// line without an end gets CRLF.
func Wire(data []byte) []byte {
	wire := make([]byte, 0, len(data)+len(data)/32+2)
	for i, c := range data {
		if c == '\n' && (i == 0 || data[i-1] != '\r') {
			wire = append(wire, '\r')
		}
		wire = append(wire, c)
	}
	if len(data) > 0 && data[len(data)-1] != '\n' {
		wire = append(wire, '\r', '\n')
	}
	return wire
}
