package pop3

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// unpacker reads what a packer has written. This process has written it a moment
// ago, so that nothing is checked.
type unpacker struct {
	in  string
	now time.Time // as for the packer
}

// unpack returns the State of which pack has returned the text.
func unpack(text string, now time.Time) *State {
	u, s := unpacker{text, now}, &State{}
	u.texts(&s.ID, &s.Remote, &s.Offloaded, &s.Forwarded, &s.Language, &s.Login)
	u.addresses(&s.Peer, &s.Local)
	u.numbers(&s.Hops, &s.Errors)
	var direct, loggedIn bool
	u.flags(&s.Near, &s.Authorization.Greeted, &s.Authorization.Trusted, &direct, &loggedIn, &s.Authorization.Handshake)
	u.times(&s.Start, &s.Expires, &s.Authorization.LoginBy)
	u.texts(&s.Authorization.Challenge, &s.Authorization.User)
	if direct {
		d := &Ends{}
		u.addresses(&d.Peer, &d.Local)
		u.numbers(&d.Hops)
		u.flags(&d.Near)
		s.Authorization.Direct = d
	}
	if loggedIn {
		u.transaction(&s.Transaction)
	}
	return s
}

func (u *unpacker) transaction(t *Transaction) {
	t.Account = u.account()
	u.texts(&t.Method)
	u.times(&t.LoginAt)
	u.numbers(&t.Before.Messages, &t.Left.Messages, &t.Retrieved, &t.Tops, &t.Deleted)
	t.Before.Octets, t.Left.Octets, t.Sent = int64(u.number()), int64(u.number()), int64(u.number())
}

func (u *unpacker) account() *Account {
	a := &Account{}
	u.texts(&a.Name, &a.Master, &a.Maildrop, &a.PopServer)
	a.Expire = Expire(u.text())
	u.flags(&a.Unproven, &a.NoPOP3, &a.TLSOnly)
	u.numbers(&a.UID, &a.GID, &a.MaxSessions)
	a.LoginDelay = time.Duration(u.number())
	groups, networks := u.number(), u.number()
	for range groups {
		a.Groups = append(a.Groups, u.number())
	}
	for range networks {
		var n netip.Prefix
		_ = n.UnmarshalBinary([]byte(u.text()))
		a.Networks = append(a.Networks, n)
	}
	return a
}

func (u *unpacker) text() string {
	octets := []byte(u.in[:min(len(u.in), binary.MaxVarintLen64)])
	length, size := binary.Uvarint(octets)
	text := u.in[size:][:length]
	u.in = u.in[size+int(length):]
	return text
}

func (u *unpacker) number() int {
	octets := []byte(u.in[:min(len(u.in), binary.MaxVarintLen64)])
	n, size := binary.Varint(octets)
	u.in = u.in[size:]
	return int(n)
}

func (u *unpacker) texts(all ...*string) {
	for _, text := range all {
		*text = u.text()
	}
}

func (u *unpacker) numbers(all ...*int) {
	for _, n := range all {
		*n = u.number()
	}
}

func (u *unpacker) flags(all ...*bool) {
	set := u.in[0]
	u.in = u.in[1:]
	for i, on := range all {
		*on = set&(1<<i) != 0
	}
}

func (u *unpacker) addresses(all ...*netip.AddrPort) {
	for _, a := range all {
		_ = a.UnmarshalBinary([]byte(u.text()))
	}
}

func (u *unpacker) times(all ...*time.Time) {
	for _, t := range all {
		var isSet bool
		if u.flags(&isSet); isSet {
			*t = u.now.Add(time.Duration(u.number()))
		}
	}
}
