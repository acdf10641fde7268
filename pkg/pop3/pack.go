package pop3

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// packer writes a State in few octets, for a session that is parked. It follows
// unpacker, field by field.
type packer struct {
	out []byte
	now time.Time
}

// pack returns s as text for unpack, without its Input, Marks and Unread. Times
// are stored as distances from now.
func (s *State) pack(now time.Time) string {
	p := packer{make([]byte, 0, 256), now}
	p.texts(s.ID, s.Remote, s.Offloaded, s.Forwarded, s.Language, s.Login)
	p.addresses(s.Peer, s.Local)
	p.numbers(s.Hops, s.Errors)
	p.flags(s.Near, s.Authorization.Greeted, s.Authorization.Trusted, s.Authorization.Direct != nil, s.loggedIn(), s.Authorization.Handshake)
	p.times(s.Start, s.Expires, s.Authorization.LoginBy)
	p.texts(s.Authorization.Challenge, s.Authorization.User)
	if d := s.Authorization.Direct; d != nil {
		p.addresses(d.Peer, d.Local)
		p.numbers(d.Hops)
		p.flags(d.Near)
	}
	if s.loggedIn() {
		p.transaction(&s.Transaction)
	}
	return string(p.out)
}

func (p *packer) transaction(t *Transaction) {
	p.account(t.Account)
	p.texts(t.Method)
	p.times(t.LoginAt)
	p.numbers(t.Before.Messages, t.Left.Messages, t.Retrieved, t.Tops, t.Deleted)
	p.numbers(int(t.Before.Octets), int(t.Left.Octets), int(t.Sent))
}

func (p *packer) account(a *Account) {
	p.texts(a.Name, a.Master, a.Maildrop, a.PopServer, string(a.Expire))
	p.flags(a.Unproven, a.NoPOP3, a.TLSOnly)
	p.numbers(a.UID, a.GID, a.MaxSessions, int(a.LoginDelay), len(a.Groups), len(a.Networks))
	p.numbers(a.Groups...)
	for _, n := range a.Networks {
		octets, _ := n.MarshalBinary() // It never fails.
		p.texts(string(octets))
	}
}

func (p *packer) texts(all ...string) {
	for _, text := range all {
		p.out = append(binary.AppendUvarint(p.out, uint64(len(text))), text...)
	}
}

func (p *packer) numbers(all ...int) {
	for _, n := range all {
		p.out = binary.AppendVarint(p.out, int64(n))
	}
}

func (p *packer) flags(all ...bool) {
	set := byte(0)
	for i, on := range all {
		if on {
			set |= 1 << i
		}
	}
	p.out = append(p.out, set)
}

func (p *packer) addresses(all ...netip.AddrPort) {
	for _, a := range all {
		octets, _ := a.MarshalBinary() // It never fails.
		p.texts(string(octets))
	}
}

func (p *packer) times(all ...time.Time) {
	for _, t := range all {
		p.flags(!t.IsZero())
		if !t.IsZero() {
			p.numbers(int(t.Sub(p.now)))
		}
	}
}
