package pop3

import (
	"context"
	"time"
)

// Meter measures what sessions do. Its methods neither block nor allocate memory.
// Goroutines may share it.
type Meter interface {
	// Took adds a duration to those of a span.
	Took(span Span, took time.Duration)
	// Count adds n to a figure. label is one of the words that the figure has, or "".
	Count(figure Figure, label string, n int64)
}

// Span is a piece of work whose duration is measured.
type Span int

// The spans, in the order of the manual.
const (
	SpanAccept    Span = iota // from the connection to the greeting, TLS handshake included
	SpanLookup                // look-up in a user database
	SpanHashWait              // wait for a processor before a password is compared
	SpanHash                  // comparison of a password
	SpanOpen                  // opening of a mailbox, with the wait for its lock
	SpanFirstByte             // from RETR or TOP to the first octets of the message
	SpanSession               // whole session
	SpanProbe                 // self-test of the watchdog
	Spans                     // number of spans
)

// Figure is something that is counted.
type Figure int

// The figures, in the order of the manual.
const (
	FigureConnections   Figure = iota // connections that were greeted or rejected
	FigureLogins                      // by method
	FigureLoginsFailed                // by method: rejected, for example for a wrong password
	FigureLoginErrors                 // by method: not possible at present
	FigureRejected                    // sessions that a limit has ended, by parameter
	FigureEnded                       // sessions that have ended, by reason
	FigureReceived                    // octets from clients, counted at the end of a session
	FigureSent                        // octets to clients, counted at the end of a session
	FigureRetrieved                   // messages
	FigureMessageOctets               // octets of messages that RETR and TOP have sent
	FigureDeleted                     // messages
	FigureLookupErrors                // look-ups that failed because of the user database
	FigureLockWaits                   // logins that found the mailbox locked
	FigureProbeFailures               // self-tests of the watchdog that failed
	FigureRecordsLost                 // log records that a log did not get
	Figures                           // number of figures
)

// meterKey is the key of the Meter in the context of a session.
type meterKey struct{}

// SetMeter has the server measure what its sessions do, unless m is nil. Call it before
// the first connection.
func (s *Server) SetMeter(m Meter) {
	if m != nil {
		s.ctx = context.WithValue(s.ctx, meterKey{}, m)
	}
}

// Took measures a span of a session that has just ended. Without a Meter in the
// context it does nothing.
func Took(ctx context.Context, span Span, begun time.Time) {
	if m, ok := ctx.Value(meterKey{}).(Meter); ok {
		m.Took(span, time.Since(begun))
	}
}

// Count adds one to a figure of a session. Without a Meter in the context it does
// nothing.
func Count(ctx context.Context, figure Figure) {
	if m, ok := ctx.Value(meterKey{}).(Meter); ok {
		m.Count(figure, "", 1)
	}
}

// took measures a span of the session, unless the session only tests the server.
func (s *session) took(span Span, begun time.Time) {
	if !s.backend.Quiet {
		Took(s.server.ctx, span, begun)
	}
}

// tally adds to a figure, unless the session only tests the server.
func (s *session) tally(figure Figure, label string, n int64) {
	if s.backend.Quiet || n == 0 {
		return
	}
	if m, ok := s.server.ctx.Value(meterKey{}).(Meter); ok {
		m.Count(figure, label, n)
	}
}

// clock returns the time at which a span begins, zero in a session that only tests the
// server.
func (s *session) clock() time.Time {
	if s.backend.Quiet {
		return time.Time{}
	}
	return time.Now()
}

// measure measures how long the client waited for the first octets of a message.
func (m *messageReply) measure(ctx context.Context) {
	if !m.begun.IsZero() {
		Took(ctx, SpanFirstByte, m.begun)
		m.begun = time.Time{}
	}
}

// tallyEnd counts a session that has ended.
func (s *session) tallyEnd() {
	s.took(SpanSession, s.Start)
	s.tally(FigureEnded, string(s.ending), 1)
	s.tally(FigureReceived, "", s.conn.received)
	s.tally(FigureSent, "", s.conn.sent)
	if s.refusal != nil && s.refusal.Ended == "" {
		s.tally(FigureRejected, s.refusal.Parameter, 1)
	}
	if !s.Authorization.Greeted {
		s.tally(FigureConnections, "", 1)
	}
}

// Reasons returns the reasons for which a session may end, as FigureEnded has them.
func Reasons() []string {
	var all []string
	for _, why := range [...]reason{
		reasonQuit, reasonClient, reasonLost, reasonTimeout, reasonExpired, reasonLogin, reasonRefused, reasonAuth, reasonTooLong,
		reasonHeader, reasonHTTP, reasonHello, reasonHandshake, reasonNoTLS, reasonMessage, reasonMailbox, reasonClosed, reasonPanic,
	} {
		all = append(all, string(why))
	}
	return all
}
