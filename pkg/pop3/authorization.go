package pop3

import (
	"cmp"
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"os"
	"strings"
	"time"
)

// greet sends the greeting, with a challenge if APOP is offered (RFC 1939 §4,
// §7). A session that is resumed has it behind it, and one that has ended in its
// handshake hears nothing.
func (s *session) greet() {
	if s.Greeted || s.ending != "" {
		return
	}
	s.Greeted = true
	text := "TPOPS ready."
	if s.Trusted {
		text = "[XCLIENT] " + text // by which Dovecot's proxies know that they may
	}
	if s.backend.offersDigest() {
		// A legal Message-ID, which some clients insist on, and one that
		// nobody can foresee.
		s.Challenge = fmt.Sprintf("<%d.%d.%s@%s>", os.Getpid(), s.Start.Unix(), token(), s.backend.Hostname)
		text += " " + s.Challenge
	}
	s.statusLine("+OK", text)
}

// token returns a random word of letters and digits.
func token() string { return strings.ToLower(rand.Text()[:16]) }

func (s *session) handleUSER(_ context.Context, args []string) (reply, error) {
	if !s.mayLogInClear() {
		s.Login = s.qualify(args[0])
		return s.refuse(attempt{method: "USER"}, slog.LevelInfo, ErrClear) // Here, so that the password is never sent.
	}
	s.User = args[0]
	return ok("password required")
}

func (s *session) handlePASS(ctx context.Context, args []string) (reply, error) {
	if !s.mayLogInClear() {
		return reply{}, ErrClear
	}
	if s.User == "" {
		return reply{}, ErrCommand // RFC 1939 §7: only after USER
	}
	s.Login, s.User = s.qualify(s.User), ""
	account, err := s.check(ctx, args[0], func() (*Account, error) {
		return s.backend.Authenticator.Authenticate(ctx, s.Login, args[0])
	})
	return s.enter(ctx, attempt{method: "USER", password: args[0]}, account, err)
}

func (s *session) handleAPOP(ctx context.Context, args []string) (reply, error) {
	if s.Challenge == "" {
		return reply{}, ErrNoAPOP
	}
	s.Login = s.qualify(args[0])
	account, err := s.check(ctx, "", func() (*Account, error) {
		return s.backend.Digest.AuthenticateDigest(ctx, s.Login, s.Challenge, args[1])
	})
	return s.enter(ctx, attempt{method: "APOP"}, account, err)
}

// qualify appends the domain to a login name that has none of @ % +. A domain
// that does not begin with a letter or digit brings its separator along.
func (s *session) qualify(login string) string {
	domain := s.backend.Domain
	if domain == "" || strings.ContainsAny(login, "@%+") {
		return login
	}
	if isAlphanumeric(domain[0]) {
		return login + "@" + domain
	}
	return login + domain
}

func isAlphanumeric(c byte) bool {
	return c >= '0' && c <= '9' || c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z'
}

// enter opens the maildrop of an account that may log in (RFC 1939 §4) and
// begins the TRANSACTION state.
func (s *session) enter(ctx context.Context, a attempt, account *Account, err error) (reply, error) {
	if err != nil {
		return s.refuse(a, slog.LevelError, err)
	}
	client := s.client(a.password)
	if !account.Unproven {
		s.stopLimit() // The client has done its part.
	}
	mailbox, err := s.openMaildrop(ctx, account, client)
	if err != nil {
		s.extendLogin(0)
		return s.refuse(a, slog.LevelWarn, err)
	}
	s.stopLimit()
	s.Account, s.mailbox, s.Login, s.LoginAt = account, mailbox, account.Name, time.Now()
	s.conn.expires = s.ends()
	s.Before = Drop{s.listing().Len(), s.listing().Octets()}
	s.resetMarks()
	s.count(&s.server.stats.mailboxes, 1)
	s.count(&s.server.stats.logins, 1)
	if s.backend.LoggedIn != nil {
		s.backend.LoggedIn(account, client)
	}
	s.log(slog.LevelInfo, EventLogin, a.attrs(
		slog.Int("messages", s.Left.Messages), slog.Int64("octets", s.Left.Octets))...)
	return ok("%s has %d messages (%d octets)", s.replyName(), s.Left.Messages, s.Left.Octets)
}

// openMaildrop opens the maildrop of an account if the user may have it now.
// Strangers must not learn what holds for an account, so that this is found out
// once the password is known to fit.
func (s *session) openMaildrop(ctx context.Context, account *Account, client *Client) (Mailbox, error) {
	if account.Unproven {
		return s.openUnproven(ctx, account, client)
	}
	giveBack, err := s.letIn(account, client)
	if err != nil {
		return nil, err
	}
	mailbox, err := s.backend.Open(ctx, account, client)
	if err != nil {
		giveBack()
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	return mailbox, nil
}

// openUnproven does so where the opener finds out whether the password fits.
func (s *session) openUnproven(ctx context.Context, account *Account, client *Client) (Mailbox, error) {
	mailbox, err := s.backend.Open(ctx, account, client)
	s.place.Tried(account.Name, err)
	if err != nil {
		return nil, fmt.Errorf("open mailbox: %w", err)
	}
	if _, err := s.letIn(account, client); err != nil {
		return nil, errors.Join(err, mailbox.Close())
	}
	return mailbox, nil
}

// letIn returns why a user whose password fits may not log in, if so, or else
// what to call if the login comes to nothing.
func (s *session) letIn(account *Account, client *Client) (giveBack func(), err error) {
	if err := account.admit(client); err != nil {
		return nil, err
	}
	name := account.Name
	if account.Unproven {
		name = strings.ToLower(name) // It may not be from a row, and the other server may ignore case.
	}
	if refusal := s.place.LogIn(name, account.MaxSessions); refusal != nil {
		return nil, refusal
	}
	return s.takeLogin(account)
}

// refuse logs why a login failed, at level unless name and password are at
// fault, and returns what the client may read.
func (s *session) refuse(a attempt, level slog.Level, err error) (reply, error) {
	var refusal *Refusal
	if errors.As(err, &refusal) {
		return reply{}, refusal // It is told as such.
	}
	if errors.Is(err, errDelayCut) {
		return reply{}, err // The record of the session's end has the reason.
	}
	answer := visible(err)
	if answer.Code == CodeAuth {
		level = slog.LevelInfo
		s.extendLogin(s.backend.ErrorInterval) // The answer is delayed.
	}
	s.log(level, EventLoginFailed, a.attrs(slog.Any("error", err))...)
	return reply{}, answer
}

// extendLogin gives the client more time to log in, which it spends waiting.
func (s *session) extendLogin(delay time.Duration) {
	if !s.LoginBy.IsZero() {
		s.LoginBy = s.LoginBy.Add(delay)
		s.conn.expires = s.ends()
	}
	if s.limit != nil {
		s.limit.Reset(time.Until(s.LoginBy))
	}
}

// stopLimit ends the time in which the client has to log in.
func (s *session) stopLimit() {
	if s.limit != nil {
		s.limit.Stop()
	}
}

// client returns what an Opener may know of the client.
func (s *session) client(password string) *Client {
	return &Client{
		Session: s.ID, Remote: s.Peer, Local: s.Local, Password: password, Hops: s.Hops,
		TLS: s.isEncrypted(), TLSVersion: s.tlsVersion(), Certificate: s.clientCertificate(),
	}
}

// visible reduces err to what the client may read, once the rest is logged.
func visible(err error) *Error {
	return cmp.Or(ErrorIn(err), ErrTemporary)
}

// replyName returns the login name for the reply. RFC 2449 §8 reserves texts
// that begin with '[', and §4 bounds a reply's first line.
func (s *session) replyName() string {
	printable := strings.IndexFunc(s.Login, func(r rune) bool { return r < ' ' || r == 0x7F }) < 0
	if len(s.Login) > 255 || strings.HasPrefix(s.Login, "[") || !printable {
		return "maildrop"
	}
	return s.Login
}

// addrPort returns an address of IP, or one that is not valid.
func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return tcpAddrPort(tcp)
}

// host returns the address without its port.
func host(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap().String()
	case *net.UnixAddr:
		return "local"
	}
	return addr.String()
}
