package pop3

import (
	"context"
	"crypto/rand"
	"fmt"
	"log/slog"
	"strings"
	"time"
)

// authorization is the AUTHORIZATION state of a session (RFC 1939 §4): its plain
// data, and what exists only while it lasts.
type authorization struct {
	*Authorization // of the session's State
	s              *session

	exchange *authentication // nil unless AUTH waits for a response
	limit    *time.Timer     // cancels the command when login-time is over; nil without a limit
	tried    time.Time       // when the last password arrived
	holder   *SessionInfo    // the session that has the Maildir of this login, nil if none is known
	reserved bool            // the guard counts a check that has no result yet
}

// authorizationCommands is the command table of the AUTHORIZATION state.
var authorizationCommands = []command{
	{name: "USER", min: 1, max: 1, handle: inAuthorization((*authorization).handleUSER)},                       // RFC 1939 §7
	{name: "PASS", min: 1, max: 1, raw: true, secret: 1, handle: inAuthorization((*authorization).handlePASS)}, // RFC 1939 §7: may contain spaces
	{name: "APOP", min: 2, max: 2, secret: 2, handle: inAuthorization((*authorization).handleAPOP)},            // RFC 1939 §7
	{name: "XCLIENT", min: 1, max: 64, handle: inAuthorization((*authorization).handleXCLIENT)},                // as in Dovecot
	{name: "AUTH", max: 2, secret: 1, handle: inAuthorization((*authorization).handleAUTH)},                    // RFC 5034 §4
	{name: "STLS", handle: inAuthorization((*authorization).handleSTLS)},                                       // RFC 2595 §4
	{name: "QUIT", handle: inAuthorization((*authorization).handleQUIT)},                                       // RFC 1939 §4
}

// inAuthorization returns the handler that calls f with the session's
// AUTHORIZATION state.
func inAuthorization(f func(*authorization, context.Context, []string) (reply, error)) handler {
	return func(s *session, ctx context.Context, args []string) (reply, error) { return f(&s.auth, ctx, args) }
}

// greet sends the greeting, with a challenge if APOP is offered (RFC 1939 §4,
// §7). A resumed session has sent it already. A session that has ended in its TLS
// handshake sends nothing.
func (a *authorization) greet() {
	if a.Greeted || a.s.ending != "" {
		return
	}
	a.Greeted = true
	text := "TPOPS ready."
	if a.Trusted {
		text = "[XCLIENT] " + text // by which Dovecot's proxies know that they may
	}
	if a.s.backend.offersDigest() {
		// A legal Message-ID, which some clients insist on, and one that
		// is unpredictable.
		a.Challenge = fmt.Sprintf("<%d.%d.%s@%s>", a.s.server.pid, a.s.Start.Unix(), token(), a.s.backend.Hostname)
		text += " " + a.Challenge
	}
	a.s.observeGreeting(text)
	a.s.out.line("+OK", text)
	a.s.tally(FigureConnections, "", 1)
	a.s.took(SpanAccept, a.s.Start)
}

// token returns a random word of letters and digits.
func token() string { return strings.ToLower(rand.Text()[:16]) }

func (a *authorization) handleUSER(_ context.Context, args []string) (reply, error) {
	if !a.mayLogInClear() {
		a.s.Login = a.qualify(args[0])
		return a.refuse(credentials{method: "USER"}, slog.LevelInfo, ErrClear) // Here, so that the password is never sent.
	}
	a.User = args[0]
	return ok("password required")
}

func (a *authorization) handlePASS(ctx context.Context, args []string) (reply, error) {
	if !a.mayLogInClear() {
		return reply{}, ErrClear
	}
	if a.User == "" {
		return reply{}, ErrCommand // RFC 1939 §7: only after USER
	}
	a.s.Login, a.User = a.qualify(a.User), ""
	ctx = withTimes(ctx, &loginTimes{})
	account, err := a.check(ctx, Attempt{Login: a.s.Login, Password: args[0]}, a.s.backend.Authenticator.Authenticate)
	return a.enter(ctx, credentials{method: "USER", password: args[0]}, account, err)
}

func (a *authorization) handleAPOP(ctx context.Context, args []string) (reply, error) {
	if a.Challenge == "" {
		return reply{}, ErrNoAPOP
	}
	a.s.Login = a.qualify(args[0])
	ctx = withTimes(ctx, &loginTimes{})
	account, err := a.check(ctx, Attempt{Login: a.s.Login}, func(ctx context.Context, try Attempt) (*Account, error) {
		return a.s.backend.Digest.AuthenticateDigest(ctx, try.Login, a.Challenge, args[1])
	})
	return a.enter(ctx, credentials{method: "APOP"}, account, err)
}

// qualify returns the login name for that of the client, see Names.
func (a *authorization) qualify(login string) string { return a.s.backend.Names.Of(login) }

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// handleSTLS starts the TLS negotiation after its reply (RFC 2595 §4).
func (a *authorization) handleSTLS(context.Context, []string) (reply, error) {
	switch {
	case a.s.tls.active(a.s.State):
		return reply{}, ErrTLSActive
	case a.s.backend.TLS == nil:
		return reply{}, ErrNoTLS
	}
	return reply{text: "begin TLS negotiation", thenTLS: true}, nil
}

// mayLogInClear reports whether the client may send a password as it is:
// through TLS, or where the Backend allows it.
func (a *authorization) mayLogInClear() bool {
	return a.s.tls.active(a.s.State) || a.s.backend.ClearLogin == nil || a.s.backend.ClearLogin(a.s.Local, a.s.Peer, a.s.Near)
}

// handleQUIT ends a session in which no user has logged in (RFC 1939 §4).
func (a *authorization) handleQUIT(context.Context, []string) (reply, error) { return goodbye, nil }
