package pop3

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"
)

// Event is a kind of thing that happens, the message of its log record. Log
// readers depend on these words.
type Event string

// The events that sessions and servers log.
const (
	EventLogin        Event = "login"                        // user messages octets method waited lookup hash open, server, and identity if that was proven without the user's password
	EventLoginFailed  Event = "login failed"                 // user method error, and identity
	EventRetrieved    Event = "message retrieved"            // user uidl octets sent: RETR, and its last octet has been written
	EventDeleted      Event = "message deleted"              // user uidl octets, a reason if it was not marked by the client, and kept if it can be put back
	EventKept         Event = "message deletion failed"      // user uidl octets: marked, QUIT received, could not be removed
	EventUnconfirmed  Event = "message deletion unconfirmed" // user uidl octets: the same, and it is not known whether it was removed
	EventEnd          Event = "session end"                  // user reason duration and all counts
	EventRefused      Event = "session rejected"             // user reason parameter count duration: the end of a session beyond a limit
	EventTrouble      Event = "session error"                // error: more than the reply contained
	EventUnreadable   Event = "message unreadable"           // error: a message that RETR or TOP asked for cannot be decoded
	EventBrokenOff    Event = "message broken off"           // user uidl octets sent count file: RETR of the message broke off in breakLimit sessions
	EventFetchedAgain Event = "fetched again"                // user count sessions uidl: messages that were retrieved in againLimit sessions without QUIT
	EventRecorded     Event = "dialogue"                     // lines dialogue: a part of the last lines of a session that ended abnormally
	EventDebug        Event = "debug"                        // command or response
	EventAccept       Event = "accept failed"                // error: no connection could be accepted
)

// Summary is what is known of a session at its end. Messages and octets are
// those of the maildrop, 0 if no user logged in.
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

	Peer, Local netip.AddrPort // of the connection; not valid unless it came over IP
	Near        bool           // the client is on this machine
	TLS         string         // version, "" in clear
	ImplicitTLS bool           // TLS came first
	Offloaded   bool           // TLS ended at the load balancer
	Method      string         // of the login, "" unless LoggedIn
	Retrieved   int            // messages sent whole by RETR, counted each time
	Deleted     int            // messages
}

// log writes one record with the attributes of every record of a session. It may wait for
// room in the log until Server.Close, so that a slow log does not keep the server from ending.
func (s *session) log(level slog.Level, event Event, attrs ...slog.Attr) {
	s.logWaiting(s.server.ctx, level, event, attrs...)
}

// logWaiting is log for a record that may wait for room until ctx ends.
func (s *session) logWaiting(ctx context.Context, level slog.Level, event Event, attrs ...slog.Attr) {
	if s.backend.Quiet {
		return
	}
	var room [16]slog.Attr // on the stack: slog copies it
	all := append(room[:0], slog.String("session", s.ID), slog.String("remote", s.Remote))
	if s.Forwarded != "" {
		all = append(all, slog.String("forwarded", s.Forwarded))
	}
	if s.Login != "" {
		all = append(all, slog.String("user", s.Login))
	}
	if used := s.tls.logged(s.State); used != "" {
		all = append(all, slog.String("tls", used))
	}
	s.server.write(ctx, level, event, append(all, attrs...))
}

// write writes a record. Unlike the methods of slog.Logger it does not look for the
// line of the program that it comes from, which takes longer than the rest.
func (s *Server) write(ctx context.Context, level slog.Level, event Event, attrs []slog.Attr) {
	h := s.log.Handler()
	if !h.Enabled(ctx, level) {
		return
	}
	r := slog.NewRecord(time.Now(), level, string(event), 0)
	r.AddAttrs(attrs...)
	_ = h.Handle(ctx, r) // The log reports its own errors.
}

// debug logs what went over the wire; secrets must be masked already.
func (s *session) debug(direction, line string) {
	if s.backend.Debug {
		s.log(slog.LevelDebug, EventDebug, slog.String(direction, line))
	}
}

// logEnd writes the record of a session that has ended.
func (s *session) logEnd() {
	s.tallyEnd()
	s.observeEnd()
	if s.refusal != nil && s.refusal.Ended == "" {
		s.logRefused()
		return
	}
	attrs := []slog.Attr{
		slog.String("reason", s.endedAs()),
		slog.Duration("duration", time.Since(s.Start).Round(time.Microsecond)),
		slog.Int("retrieved", s.Transaction.Retrieved),
		slog.Int("deleted", s.Transaction.Deleted),
		slog.Int64("sent", s.Transaction.Sent),
		slog.Int("tops", s.Transaction.Tops),
	}
	if s.Transaction.Account != nil {
		after := s.tx.after()
		attrs = append(attrs, slog.Int("messages", after.Messages), slog.Int64("octets", after.Octets))
	}
	if s.tx.unconfirmed > 0 {
		attrs = append(attrs, slog.Int("unconfirmed", s.tx.unconfirmed))
	}
	switch {
	case s.cause != nil:
		attrs = append(attrs, slog.Any("error", s.cause))
	case s.refusal != nil && s.refusal.Details != "":
		attrs = append(attrs, slog.String("error", s.refusal.Details))
	}
	level := slog.LevelInfo
	switch {
	case s.ending == reasonPanic:
		level = slog.LevelError
	case s.isProbe():
		level = slog.LevelDebug
	}
	s.log(level, EventEnd, attrs...)
}

// isProbe reports whether the client, like the health checks of load balancers,
// has connected and closed without a word, or with nothing but QUIT.
func (s *session) isProbe() bool {
	if s.Login != "" || s.Authorization.User != "" || s.Errors > 0 {
		return false
	}
	silent := s.conn.received == 0 && len(s.in.buf) == s.in.taken // Of a header may be a part.
	switch s.ending {
	case reasonClient, reasonLost:
		return silent
	case reasonHandshake:
		return silent && !errors.Is(s.cause, errSlowHandshake)
	case reasonQuit:
		return s.conn.received <= int64(len("QUIT\r\n"))
	}
	return false
}

// logRefused writes the one record of a session that was refused.
func (s *session) logRefused() {
	s.log(slog.LevelInfo, EventRefused,
		slog.String("reason", s.refusal.Reason),
		slog.String("parameter", s.refusal.Parameter),
		slog.Int("count", s.refusal.Count),
		slog.Duration("duration", time.Since(s.Start).Round(time.Microsecond)))
}

// summary returns what is known of a session that has ended.
func (s *session) summary() *Summary {
	after := s.tx.after()
	sum := &Summary{
		Remote: s.Remote, Name: s.Login, LoggedIn: s.Transaction.Account != nil,
		Login: s.Transaction.LoginAt, End: time.Now(),
		MessagesBefore: s.Transaction.Before.Messages, OctetsBefore: s.Transaction.Before.Octets,
		MessagesAfter: after.Messages, OctetsAfter: after.Octets,
		Peer: s.Peer, Local: s.Local, Near: s.Near, TLS: s.tls.version(s.State), ImplicitTLS: s.port.TLS && s.tls.conn != nil,
		Offloaded: s.tls.conn == nil && s.Offloaded != "", Method: s.Transaction.Method,
		Retrieved: s.Transaction.Retrieved, Deleted: s.Transaction.Deleted,
	}
	if !sum.LoggedIn {
		sum.Login = s.Start
	}
	if sum.Name == "" {
		sum.Name = s.Authorization.User
	}
	return sum
}
