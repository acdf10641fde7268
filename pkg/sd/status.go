package sd

import (
	"strings"
	"sync"
	"time"
	"unicode"
)

const (
	// statusInterval is the minimum time between two messages that contain only a status.
	statusInterval = time.Second
	// maxStatus is the maximum length of a status in bytes. systemd ignores messages of
	// more than 4,096 bytes.
	maxStatus = 1024
)

// Status sets the line that systemctl status shows. It never waits: the last status is
// sent in the background, at most once a second, or together with the next message. A
// status that cannot be sent is lost.
func (n *Notifier) Status(text string) {
	if n != nil {
		n.status.set("STATUS=" + oneLine(text) + "\n")
	}
}

// status is the status that waits to be sent.
type status struct {
	send func() // called in a goroutine of its own when a status waits
	mu   sync.Mutex
	text string      // "": none waits
	due  *time.Timer // nil: send will not be called
	sent time.Time
}

// set replaces the waiting status, and schedules send.
func (s *status) set(text string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.text = text
	if s.due == nil {
		s.due = time.AfterFunc(time.Until(s.sent.Add(statusInterval)), s.send)
	}
}

// take returns the waiting status, which the caller sends.
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

// oneLine makes text a value of a message. A newline would begin the next value. systemd
// requires UTF-8 and shows it on terminals.
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
