package pop3

import (
	"context"
	"iter"
)

// capabilities is what CAPA announces (RFC 2449 §6), computed for each session
// from what it can really do; a client may ask again in the other state. A
// row that returns "" announces nothing.
var capabilities = []func(*session) string{
	always("TOP"),             // RFC 2449 §6.1
	(*session).uidl,           // RFC 2449 §6.8
	(*session).capaUSER,       // RFC 2449 §6.2
	always("RESP-CODES"),      // RFC 2449 §6.4
	always("AUTH-RESP-CODE"),  // RFC 3206 §6
	always("PIPELINING"),      // RFC 2449 §6.6
	(*session).capaSTLS,       // RFC 2595 §4
	(*session).capaSASL,       // RFC 5034 §3
	(*session).capaLoginDelay, // RFC 2449 §6.5
	(*session).capaExpire,     // RFC 2449 §6.7
	always("UTF8"),            // RFC 6856 §2: without USER, since names and passwords are compared as octets
	always("LANG"),            // RFC 6856 §3.1
	(*session).implementation, // RFC 2449 §6.9
}

func always(line string) func(*session) string {
	return func(*session) string { return line }
}

// uidl announces UIDL, unless the maildrop is one that cannot have it.
func (s *session) uidl() string {
	if s.mailbox != nil && !s.listing().HasUIDLs() {
		return ""
	}
	return "UIDL"
}

// capaUSER is the same in both states (RFC 2449 §6.2), but not before and after
// STLS.
func (s *session) capaUSER() string {
	if !s.mayLogInClear() {
		return ""
	}
	return "USER"
}

// capaSTLS is announced where the command is permitted.
func (s *session) capaSTLS() string {
	if s.backend.TLS == nil || s.isEncrypted() || s.state() != authorization {
		return ""
	}
	return "STLS"
}

func (s *session) implementation() string {
	if s.backend.Implementation == "" {
		return ""
	}
	return "IMPLEMENTATION " + s.backend.Implementation
}

func (s *session) handleCAPA(context.Context, []string) (reply, error) {
	return reply{lines: s.capabilities()}, nil
}

func (s *session) capabilities() iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		for _, capability := range capabilities {
			if line := capability(s); line != "" && !yield([]byte(line)) {
				return
			}
		}
	}
}
