package pop3

import (
	"log/slog"
	"strings"
)

// Recorder keeps the last lines of sessions, for those that end abnormally.
type Recorder interface {
	// Record keeps a line, and returns its place. before is the place of the line of
	// the same session before it, 0 for none.
	Record(before uint64, l *DialogueLine) (place uint64)
	// Recorded returns the lines of a session up to place, the oldest first. It returns
	// none if there are too many such sessions.
	Recorded(place uint64) []string
}

// maxRecorded bounds the dialogue in a record of the log, in octets. A longer dialogue
// has several records.
const maxRecorded = 3 << 10

// isAbnormal reports whether the end of the session is one of those after which an
// operator looks for the dialogue.
func (s *session) isAbnormal() bool {
	switch s.ending {
	case reasonPanic, reasonTooLong, reasonMessage, reasonMailbox:
		return true
	case reasonLost, reasonClient: // in the middle of a reply
		return s.out.err != nil
	case reasonTimeout: // in the middle of a reply or of a command
		return s.out.err != nil || len(s.in.buf) > s.in.taken
	case reasonRefused:
		return s.refusal != nil && s.refusal.Ended != ""
	}
	return false
}

// logDialogue writes the last lines of a session that has ended abnormally to the log.
func (s *session) logDialogue() {
	r := s.server.Recorder
	if r == nil || s.backend.Quiet || !s.isAbnormal() {
		return
	}
	for lines := r.Recorded(s.recorded); len(lines) > 0; {
		n, octets := 0, 0
		for n < len(lines) && (n == 0 || octets+len(lines[n]) < maxRecorded) {
			octets += len(lines[n]) + len("\n")
			n++
		}
		// Without the name: before the login it may be anything.
		s.server.write(s.server.ctx, slog.LevelInfo, EventRecorded, []slog.Attr{
			slog.String("session", s.ID), slog.String("remote", s.Remote), slog.String("reason", s.endedAs()),
			slog.Int("lines", n), slog.String("dialogue", strings.Join(lines[:n], "\n")),
		})
		lines = lines[n:]
	}
}
