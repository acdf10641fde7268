package pop3

import (
	"context"
	"fmt"
	"iter"
	"slices"
	"strings"
	"time"
)

// capabilities is what CAPA announces (RFC 2449 §6), computed for each session
// from what it can really do; a client may ask again in the other state. A
// row that returns "" announces nothing.
var capabilities = []func(*session) string{
	always("TOP"),            // RFC 2449 §6.1
	capaUniqueID,             // RFC 2449 §6.8
	capaUSER,                 // RFC 2449 §6.2
	always("RESP-CODES"),     // RFC 2449 §6.4
	always("AUTH-RESP-CODE"), // RFC 3206 §6
	always("PIPELINING"),     // RFC 2449 §6.6
	capaSTLS,                 // RFC 2595 §4
	capaSASL,                 // RFC 5034 §3
	capaLoginDelay,           // RFC 2449 §6.5
	capaExpire,               // RFC 2449 §6.7
	always("UTF8"),           // RFC 6856 §2: without USER, since names and passwords are compared as octets
	always("LANG"),           // RFC 6856 §3.1
	capaImplementation,       // RFC 2449 §6.9
}

func always(line string) func(*session) string {
	return func(*session) string { return line }
}

// capaUSER is the same in both states (RFC 2449 §6.2), but may change with STLS.
func capaUSER(s *session) string {
	if !s.auth.mayLogInClear() {
		return ""
	}
	return "USER"
}

// capaSTLS is announced where the command is permitted (RFC 2595 §4).
func capaSTLS(s *session) string {
	if s.backend.TLS == nil || s.tls.active(s.State) || s.loggedIn() {
		return ""
	}
	return "STLS"
}

// capaSASL is the same in both states (RFC 5034 §3), but may change with STLS.
func capaSASL(s *session) string {
	names := slices.Collect(s.auth.mechanisms())
	if len(names) == 0 {
		return ""
	}
	return "SASL " + strings.Join(names, " ")
}

// capaLoginDelay announces whole seconds (RFC 2449 §6.5).
func capaLoginDelay(s *session) string {
	if s.backend.LoginDelay <= 0 {
		return ""
	}
	delay := s.backend.loginDelay(s.Transaction.Account)
	seconds := (delay + time.Second - 1) / time.Second
	return fmt.Sprintf("LOGIN-DELAY %d%s", seconds, perUser(s))
}

// capaExpire announces when messages may be removed (RFC 2449 §6.7).
func capaExpire(s *session) string {
	if s.backend.Expire == "" {
		return ""
	}
	return "EXPIRE " + string(s.backend.expire(s.Transaction.Account)) + perUser(s)
}

// perUser follows a value that may differ after login (RFC 2449 §6.5, §6.7).
func perUser(s *session) string {
	if s.backend.PerUser && !s.loggedIn() {
		return " USER"
	}
	return ""
}

func capaImplementation(s *session) string {
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

// capaUniqueID announces UIDL (RFC 2449 §6.8), unless the maildrop cannot offer it.
func capaUniqueID(s *session) string {
	if s.tx.mailbox != nil && !s.tx.listing().HasUIDLs() {
		return ""
	}
	return "UIDL"
}
