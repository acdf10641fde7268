//go:build integration

package soak

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// fate is what has happened to a message.
type fate int

const (
	offered   fate = iota // to a delivery program, which has not ended
	present               // in INBOX
	removing              // by a session that has sent QUIT, or by a MOVE; it may be there or not
	removed               // it must never be listed again
	uncertain             // the session ended while the server may have removed it
)

// message is what the oracle knows of a message.
type message struct {
	fate    fate
	uidl    string // that it was first listed with
	fetched int    // by the own driver, with its whole text
	trail   string // its fates, with the time
}

// oracle knows all messages of all mailboxes. Goroutines may share it.
type oracle struct {
	t     *testing.T
	mu    sync.Mutex
	boxes [mailboxes][]message
	uidls [mailboxes]map[string]int // UIDL → number of the message
}

func newOracle(t *testing.T) *oracle {
	o := &oracle{t: t}
	for i := range o.uidls {
		o.uidls[i] = map[string]int{}
	}
	return o
}

// compose makes the next message for a mailbox. Its header has the mailbox, its number
// and the hash of its body.
func (o *oracle) compose(box int) (number int, text string) {
	o.mu.Lock()
	number = len(o.boxes[box])
	o.boxes[box] = append(o.boxes[box], message{})
	o.mu.Unlock()
	var body strings.Builder
	lines := rand.IntN(40)
	if rand.IntN(20) == 0 {
		lines = 3000
	}
	for range lines {
		body.WriteString([]string{".", "..", "", ".dot", "From here", strings.Repeat("long ", 30), "text"}[rand.IntN(7)])
		fmt.Fprintf(&body, " %d\n", rand.IntN(1e6))
	}
	body.WriteString(".\nend\n")
	sum := sha256.Sum256([]byte(body.String()))
	return number, fmt.Sprintf("From: sender@example.org\nTo: user%d@example.org\nSubject: message %d\nX-Soak: %d-%d-%s\n\n%s",
		box, number, box, number, hex.EncodeToString(sum[:]), body.String())
}

// set changes the fate of a message.
func (o *oracle) set(box, number int, f fate) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.become(box, number, f)
}

// become is set for a caller that holds the lock.
func (o *oracle) become(box, number int, f fate) {
	m := &o.boxes[box][number]
	m.fate = f
	m.trail += fmt.Sprintf("%s %s; ", time.Now().UTC().Format("15:04:05.000"), f)
}

// delivered records the success of a delivery program. A client may have removed the
// message before the program ended.
func (o *oracle) delivered(box, number int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.boxes[box][number].fate == offered {
		o.become(box, number, present)
	}
}

// String names a fate in a report.
func (f fate) String() string {
	return [...]string{"offered", "present", "removing", "removed", "uncertain"}[f]
}

// trail returns what has happened to a message.
func (o *oracle) trail(box, number int) string {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := o.boxes[box][number]
	return fmt.Sprintf("UIDL %q, retrieved %d times; %s", m.uidl, m.fetched, m.trail)
}

// fates returns the fates of all messages of a mailbox at this moment.
func (o *oracle) fates(box int) []fate {
	o.mu.Lock()
	defer o.mu.Unlock()
	all := make([]fate, len(o.boxes[box]))
	for i, m := range o.boxes[box] {
		all[i] = m.fate
	}
	return all
}

var soakField = regexp.MustCompile(`(?m)^X-Soak: (\d+)-(\d+)-([0-9a-f]{64})\r?$`)

// identify returns the number of a message of a mailbox. The error is that it is
// another's, or not the text that was delivered.
func identify(box int, text []byte) (int, error) {
	text = bytes.ReplaceAll(text, []byte("\r\n"), []byte("\n"))
	header, body, _ := bytes.Cut(text, []byte("\n\n"))
	m := soakField.FindSubmatch(header)
	if m == nil {
		return 0, fmt.Errorf("a text that is no message of ours: %.200q", text)
	}
	if string(m[1]) != strconv.Itoa(box) {
		return 0, fmt.Errorf("user%d has message %s of user%s", box, m[2], m[1])
	}
	number, _ := strconv.Atoi(string(m[2]))
	if sum := sha256.Sum256(body); hex.EncodeToString(sum[:]) != string(m[3]) {
		return number, fmt.Errorf("message %d of user%d is not as it was delivered (%d octets)", number, box, len(text))
	}
	return number, nil
}

// fetchedAs records that a message was retrieved under a UIDL, and checks that neither
// names another.
func (o *oracle) fetchedAs(box, number int, uidl string) {
	o.mu.Lock()
	defer o.mu.Unlock()
	m := &o.boxes[box][number]
	if other, ok := o.uidls[box][uidl]; ok && other != number {
		o.t.Errorf("user%d: UIDL %s names message %d and message %d", box, uidl, other, number)
	}
	if m.uidl != "" && m.uidl != uidl {
		o.t.Errorf("user%d: message %d had UIDL %s and has %s", box, number, m.uidl, uidl)
	}
	m.uidl, o.uidls[box][uidl] = uidl, number
	m.fetched++
}

// known returns the number of the message that a UIDL names, if it was retrieved.
func (o *oracle) known(box int, uidl string) (int, bool) {
	o.mu.Lock()
	defer o.mu.Unlock()
	number, ok := o.uidls[box][uidl]
	return number, ok
}

// count returns how many messages were delivered, and how many of them the own driver
// retrieved more than once.
func (o *oracle) count() (delivered, again int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	for _, box := range o.boxes {
		for _, m := range box {
			if m.fate != offered {
				delivered++
			}
			if m.fetched > 1 {
				again++
			}
		}
	}
	return delivered, again
}
