package pop3

import (
	"net/netip"
	"time"
)

// Phase is what a session is doing, in the words of RFC 1939 §3.
type Phase string

// The phases of a session.
const (
	phaseGreeting      Phase = "greeting" // before the greeting: PROXY header, TLS handshake
	phaseAuthorization Phase = "authorization"
	phaseTransaction   Phase = "transaction"
	phaseUpdate        Phase = "update" // QUIT removes messages
)

// SessionInfo describes a session for an operator. Its texts may be those of a client:
// of any length and with control characters.
type SessionInfo struct {
	ID       string
	Remote   string         // address of the client, without port, as the log shows it
	Peer     netip.AddrPort // of the client; not valid unless it connected over IP
	Local    netip.AddrPort // to which the client connected; not valid likewise
	TLS      string         // as the log shows it, "" in clear
	User     string         // login name, as the client gave it before the login; or ""
	Method   string         // of the login, "" before
	Maildrop string         // path of the Maildir, or ""
	Server   string         // POP server that has the mailbox, or ""

	Phase     Phase
	Start     time.Time
	LoginAt   time.Time // zero before the login
	Command   string    // the last one, without arguments; "" before the first
	CommandAt time.Time // when it arrived, or when its reply was finished; zero before the first
	Working   bool      // the command has not been answered yet

	Received, Sent int64 // octets from and to the client
	Messages       Drop  // at login
	Retrieved      int   // messages sent whole by RETR
	MessageOctets  int64 // octets of messages sent
	Marked         Drop  // what is marked as deleted
}

// info returns what is known of the session. Only its goroutine may call it, or the
// holder of the lot's lock while it is parked.
func (s *session) info() SessionInfo {
	state := s.State
	if state == nil {
		state = s.parked.unpack(s.server.began)
	}
	t := &state.Transaction
	i := SessionInfo{
		ID: state.ID, Remote: state.Remote, Peer: state.Peer, Local: state.Local, TLS: s.tls.logged(state), User: state.Login,
		Phase: state.phase(), Start: state.Start, LoginAt: t.LoginAt, CommandAt: s.conn.command.since,
		Received: s.conn.received, Sent: s.conn.sent, Messages: t.Before, Retrieved: t.Retrieved, MessageOctets: t.Sent,
		Marked: Drop{t.Before.Messages - t.Left.Messages, t.Before.Octets - t.Left.Octets}, Method: t.Method,
		Server: s.tx.server(),
	}
	if s.last != nil {
		i.Command = s.last.name
	}
	if i.User == "" {
		i.User = state.Authorization.User
	}
	if t.Account != nil {
		i.Maildrop = t.Account.Maildrop
	}
	return i
}

// server returns the address of the server that has the mailbox, "" if that is this one.
func (t *transaction) server() string {
	if remote, ok := t.mailbox.(Remote); ok {
		return remote.Server()
	}
	return ""
}

// phase returns the phase of a session that waits for a command.
func (s *State) phase() Phase {
	switch {
	case s.loggedIn():
		return phaseTransaction
	case s.Authorization.Greeted:
		return phaseAuthorization
	}
	return phaseGreeting
}
