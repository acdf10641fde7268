package usage

import (
	"net/netip"
	"strings"
	"time"

	"tpops/pkg/pop3"
)

// The longest texts that a record has, in octets.
const (
	maxUser = 255
	maxWord = 32 // method, and version of TLS
)

// Class is what the clients of a user have in common that share a record.
type Class struct {
	TLS       string `json:"tls"`       // version, such as TLSv1.2; "" in clear
	Method    string `json:"method"`    // USER, APOP or a SASL mechanism
	Implicit  bool   `json:"implicit"`  // TLS came first, as on port 995
	Offloaded bool   `json:"offloaded"` // TLS ended at the load balancer
	Local     bool   `json:"local"`     // the client is on the same machine
}

// session is a session that has ended, of a user who had logged in.
type session struct {
	User string
	Class
	Login              time.Time
	Client             netip.AddrPort // not valid unless the client connected over IP
	Server             netip.AddrPort // to which it connected; not valid likewise
	Retrieved, Deleted int            // messages
}

// newSession returns the session that s describes, false if no user had logged in.
func newSession(s *pop3.Summary) (session, bool) {
	n := session{
		User: s.Name, Login: s.Login, Client: s.Peer, Server: s.Local, Retrieved: s.Retrieved, Deleted: s.Deleted,
		Class: Class{TLS: s.TLS[:min(len(s.TLS), maxWord)], Method: s.Method, Implicit: s.ImplicitTLS, Offloaded: s.Offloaded, Local: s.Near},
	}
	return n, s.LoggedIn && n.usable()
}

// Encode returns a session that has ended as octets for Recorder.Encoded: a record.
// It returns false if no user had logged in.
func Encode(s *pop3.Summary) (octets string, ok bool) {
	n, ok := newSession(s)
	if !ok {
		return "", false
	}
	c := newClient(&n)
	return string(c.encode()), true
}

// decodeSession returns the session that Encode has encoded, false for anything else.
func decodeSession(octets string) (session, bool) {
	c, blocks, ok := decode([]byte(octets))
	return session{
		User: c.User, Class: c.Class, Login: c.Last, Client: c.Client, Server: c.Server,
		Retrieved: c.Total.Retrieved, Deleted: c.Total.Deleted,
	}, ok && blocks*blockSize == len(octets) && c.Total.Logins == 1
}

// usable reports whether a record can contain the session.
func (s *session) usable() bool {
	return s.User != "" && len(s.User) <= maxUser && isText(s.User) && isText(s.TLS) && isText(s.Method) &&
		len(s.TLS) <= maxWord && len(s.Method) <= maxWord && s.Login.Unix() > 0 && s.Retrieved >= 0 && s.Deleted >= 0
}

// isText reports whether s has no control character.
func isText(s string) bool {
	return !strings.ContainsFunc(s, func(r rune) bool { return r < ' ' || r == 0x7F })
}
