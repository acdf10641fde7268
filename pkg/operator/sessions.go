package operator

import (
	"context"
	"fmt"
	"net/netip"
	"strings"
	"time"

	"tpops/pkg/control"
	"tpops/pkg/pop3"
)

// Filter selects sessions. An empty field selects all.
type Filter struct {
	Session string `json:"session,omitempty"` // id, as in the log
	User    string `json:"user,omitempty"`    // login name; case does not matter
	Address string `json:"address,omitempty"` // of the client: an address, or address/bits; see clients
}

// Session is a row of the command sessions.
type Session struct {
	ID         string    `json:"session"`
	User       string    `json:"user"`             // after the login, or if the filter has the name
	Client     string    `json:"client"`           // address and port
	Local      string    `json:"local"`            // to which the client connected
	TLS        string    `json:"tls"`              // version and cipher suite, "" in clear
	Method     string    `json:"method"`           // of the login
	Path       string    `json:"path"`             // of the Maildir
	Server     string    `json:"server,omitempty"` // POP server that has the mailbox
	State      string    `json:"state"`            // greeting, authorization, transaction or update
	Start      time.Time `json:"start"`
	Login      time.Time `json:"login,omitzero"`
	Command    string    `json:"command"`             // the last one
	CommandAt  time.Time `json:"command_at,omitzero"` // when it began, or was answered
	Working    bool      `json:"working"`             // the command is not answered yet
	Received   int64     `json:"received"`            // octets
	Sent       int64     `json:"sent"`                // octets
	Messages   int       `json:"messages"`            // at login
	Octets     int64     `json:"octets"`              // of these
	Retrieved  int       `json:"retrieved"`           // messages
	Read       int64     `json:"retrieved_octets"`
	Marked     int       `json:"marked"` // messages marked as deleted
	MarkedSize int64     `json:"marked_octets"`
}

// maxText bounds a text of a client in a row, in octets.
const maxText = 512

// sessions answers with a row for each session that the arguments select.
func (e *Environment) sessions(ctx context.Context, r *control.Request, a *control.Reply) (any, error) {
	var f Filter
	if err := r.Arguments(&f); err != nil {
		return nil, err
	}
	selects, err := f.compile()
	if err != nil {
		return nil, err
	}
	for s := range e.Sessions() {
		if !selects(&s) {
			continue
		}
		if err := a.Row(f.newSession(&s)); err != nil {
			return nil, err
		}
		if ctx.Err() != nil {
			return nil, ctx.Err()
		}
	}
	return nil, nil
}

// compile returns a function that reports whether the filter selects a session. The
// error is for the client.
func (f *Filter) compile() (func(*pop3.SessionInfo) bool, error) {
	var selected func(netip.Addr) bool
	if f.Address != "" {
		var err error
		if selected, err = clients(f.Address); err != nil {
			return nil, &control.Error{Code: control.CodeArguments, Message: err.Error()}
		}
	}
	return func(s *pop3.SessionInfo) bool {
		return (f.Session == "" || s.ID == f.Session) && (f.User == "" || strings.EqualFold(s.User, f.User)) &&
			(f.Address == "" || selected(s.Peer.Addr()))
	}, nil
}

// clients returns a function that reports whether a client has the address in text, or is in
// the network. If text has a zone, the client must have it too: the same address at another
// interface is another host.
func clients(text string) (func(netip.Addr) bool, error) {
	network, err := parseNetwork(text)
	if err != nil {
		return nil, err
	}
	one, _ := netip.ParseAddr(text) // A network has no zone.
	zone := one.Unmap().Zone()
	return func(client netip.Addr) bool {
		client = client.Unmap()
		return (zone == "" || client.Zone() == zone) && network.Contains(client.WithZone("")) // No prefix contains an address with a zone.
	}, nil
}

// parseNetwork reads an address or address/bits. An IPv4 network in IPv6 form becomes an IPv4 network.
func parseNetwork(text string) (netip.Prefix, error) {
	const mapped = 96 // bits before the IPv4 address (RFC 4291 §2.5.5.2)
	network, err := netip.ParsePrefix(text)
	if err == nil && network.Addr().Is4In6() && network.Bits() >= mapped {
		network = netip.PrefixFrom(network.Addr().Unmap(), network.Bits()-mapped)
	}
	if err == nil {
		return network, nil
	}
	address, err := netip.ParseAddr(text)
	if err != nil {
		return netip.Prefix{}, fmt.Errorf("%q is no address and no network (ADDRESS/BITS)", bounded(text))
	}
	address = address.Unmap().WithZone("")
	return netip.PrefixFrom(address, address.BitLen()), nil
}

// loginName returns the login name of a session, "" before the login: what a client gives as
// its name may be a password that was typed in the wrong place.
func loginName(s *pop3.SessionInfo) string {
	if s.LoginAt.IsZero() {
		return ""
	}
	return bounded(s.User)
}

// nameOf returns the name to show for a session. One that the operator has given is shown.
func (f *Filter) nameOf(s *pop3.SessionInfo) string {
	if f.User != "" && strings.EqualFold(s.User, f.User) {
		return bounded(f.User)
	}
	return loginName(s)
}

// newSession returns the row of a session.
func (f *Filter) newSession(s *pop3.SessionInfo) Session {
	return Session{
		ID: s.ID, User: f.nameOf(s), Client: addressOf(s.Peer, s.Remote), Local: addressOf(s.Local, ""),
		TLS: s.TLS, Method: s.Method, Path: bounded(s.Maildrop), Server: s.Server,
		State: string(s.Phase), Start: s.Start, Login: s.LoginAt,
		Command: s.Command, CommandAt: s.CommandAt, Working: s.Working,
		Received: s.Received, Sent: s.Sent, Messages: s.Messages.Messages, Octets: s.Messages.Octets,
		Retrieved: s.Retrieved, Read: s.MessageOctets, Marked: s.Marked.Messages, MarkedSize: s.Marked.Octets,
	}
}

// addressOf returns an address with its port, or otherwise if it is not known.
func addressOf(a netip.AddrPort, otherwise string) string {
	if !a.IsValid() {
		return otherwise
	}
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port()).String()
}

// bounded returns the beginning of a text of a client, without half a character.
func bounded(text string) string {
	return strings.ToValidUTF8(text[:min(len(text), maxText)], "\uFFFD")
}
