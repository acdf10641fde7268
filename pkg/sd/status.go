package sd

import (
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// statusInterval is the least time between two messages that have no other
	// reason than a status.
	statusInterval = time.Second
	// maxStatus bounds a status, in octets. systemd drops a message of more
	// than 4,096 whole.
	maxStatus = 1024
)

// Status sets the line that systemctl status shows. It never waits: at most
// one a second is sent, always the last one, in the background or along with
// the next message. One that could not be sent is lost.
func (n *Notifier) Status(text string) {
	if n != nil {
		n.status.set("STATUS=" + oneLine(text) + "\n")
	}
}

// status is the status that waits to be sent.
type status struct {
	send func() // called on a goroutine of its own when there is one to take
	mu   sync.Mutex
	text string      // "": none waits
	due  *time.Timer // nil: send will not be called
	sent time.Time
}

// set replaces what waits, and sees to it that send is called.
func (s *status) set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = text
	if s.due == nil {
		s.due = time.AfterFunc(time.Until(s.sent.Add(statusInterval)), s.send)
	}
}

// take returns what waits, for being sent now.
func (s *status) take() string {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.due != nil {
		s.due.Stop()
		s.due = nil
	}
	text := s.text
	if text != "" {
		s.text, s.sent = "", time.Now()
	}
	return text
}

// oneLine makes text a value of a message: a newline would begin the next one.
// systemd wants UTF-8 and shows it on terminals.
func oneLine(text string) string {
	clean := func(r rune) rune {
		if unicode.IsControl(r) || r == '\u2028' || r == '\u2029' {
			return ' '
		}
		return r
	}
	text = strings.Map(clean, strings.ToValidUTF8(text, "\ufffd"))
	if len(text) > maxStatus {
		text = strings.ToValidUTF8(text[:maxStatus], "") // a rune may be cut
	}
	return text
}
