package pop3

import (
	"context"
	"log/slog"
	"time"
)

// Event is a kind of thing that happens, the message of its log record. Log
// readers depend on these words.
type Event string

// The events that sessions and servers log.
const (
	EventLogin       Event = "login"        // user messages octets method
	EventLoginFailed Event = "login failed" // user method error
	EventRetrieved   Event = "retrieved"    // user uidl octets sent
	EventDeleted     Event = "deleted"      // user uidl octets
	EventKept        Event = "not deleted"  // user uidl octets: marked, QUIT received, could not be removed
	EventEnd         Event = "end"          // user reason duration and all counts
	EventTrouble     Event = "trouble"      // error: more than the client was told
	EventDebug       Event = "debug"        // command or response
	EventAccept      Event = "accept"       // error: no connection could be accepted
)

// reason says why a session ended.
type reason string

const (
	reasonQuit    reason = "quit"
	reasonClient  reason = "connection closed by client"
	reasonLost    reason = "connection lost"
	reasonTimeout reason = "command timeout"
	reasonExpired reason = "connection time exceeded"
	reasonAuth    reason = "authentication failed"
	reasonTooLong reason = "command line too long"
	reasonMessage reason = "message not readable"
	reasonClosed  reason = "server closed"
	reasonPanic   reason = "internal error"

	// reasonSuspended is no end: another process goes on with the session.
	reasonSuspended reason = "suspended"
)

// Summary is what is known of a session at its end. Messages and octets are
// those of the maildrop, 0 if nobody logged in.
type Summary struct {
	Remote         string    // the client's address, without port
	Name           string    // login name, as the client gave it unless LoggedIn; may be ""
	LoggedIn       bool      // the client had a maildrop
	Login          time.Time // of the connection unless LoggedIn
	End            time.Time
	MessagesBefore int // at login
	OctetsBefore   int64
	MessagesAfter  int // at the end
	OctetsAfter    int64
}

// log writes one record with what every record of a session has.
func (s *session) log(level slog.Level, event Event, attrs ...slog.Attr) {
	if s.backend.Quiet {
		return
	}
	all := make([]slog.Attr, 0, len(attrs)+3)
	all = append(all, slog.String("session", s.ID), slog.String("remote", s.Remote))
	if s.Login != "" {
		all = append(all, slog.String("user", s.Login))
	}
	s.server.log.LogAttrs(context.Background(), level, string(event), append(all, attrs...)...)
}

// logMessage writes one record about message number n, if that is wanted.
// Trouble always is.
func (s *session) logMessage(level slog.Level, event Event, n int, attrs ...slog.Attr) {
	if !s.backend.LogMessages && level < slog.LevelWarn {
		return
	}
	m := s.listing().Message(n)
	s.log(level, event, append(attrs, slog.String("uidl", m.UIDL), slog.Int64("octets", m.Octets))...)
}

// debug logs what went over the wire; secrets must be masked already.
func (s *session) debug(direction, line string) {
	if s.backend.Debug {
		s.log(slog.LevelDebug, EventDebug, slog.String(direction, line))
	}
}
