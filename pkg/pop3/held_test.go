package pop3

import (
	"strings"
	"testing"
	"time"
)

// No time of a command is known of a session that has just come from another server.
func TestHeldError(t *testing.T) {
	holder := &SessionInfo{ID: "a1", Remote: "192.0.2.1", LoginAt: time.Now()}
	e := &heldError{answer: errHeld, holder: holder, err: ErrLocked}
	if text := e.Error(); !strings.Contains(text, "session a1 from 192.0.2.1, logged in for ") || strings.Contains(text, "last command") {
		t.Error(text)
	}
	holder.CommandAt = time.Now()
	if text := e.Error(); !strings.Contains(text, ", last command ") {
		t.Error(text)
	}
}
