package hook

import (
	"errors"
	"strings"
)

// Login is what a program is told. Nothing of it may hold a NUL; a field that
// is "" is not told.
type Login struct {
	User       string // login name
	Remote     string // address of the client, or "local"
	RemotePort string
	Local      string // address that the client connected to
	LocalPort  string
	Session    string // id of the session, as in the log
	Maildir    string // path of the mailbox
}

// variables is the table of what stands where in the environment and, in this
// order, in a packet.
var variables = []struct {
	name  string
	field func(*Login) *string
}{
	{"TPOPS_USER", func(l *Login) *string { return &l.User }},
	{"TPOPS_REMOTE", func(l *Login) *string { return &l.Remote }},
	{"TPOPS_REMOTE_PORT", func(l *Login) *string { return &l.RemotePort }},
	{"TPOPS_LOCAL", func(l *Login) *string { return &l.Local }},
	{"TPOPS_LOCAL_PORT", func(l *Login) *string { return &l.LocalPort }},
	{"TPOPS_SESSION", func(l *Login) *string { return &l.Session }},
	{"TPOPS_MAILDIR", func(l *Login) *string { return &l.Maildir }},
}

// path is where a program finds others.
const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment returns all that a program's environment holds.
func (l *Login) environment() []string {
	all := []string{path}
	for _, v := range variables {
		if value := *v.field(l); value != "" {
			all = append(all, v.name+"="+value)
		}
	}
	return all
}

// maxPacket bounds what goes over the socket at once, in octets.
const maxPacket = 16 << 10

var (
	errNUL    = errors.New("the login has a NUL, which no environment can hold")
	errLong   = errors.New("the login is too long")
	errPacket = errors.New("not understood")
)

// pack returns the login, and what is to be said of it, as one packet: texts
// with NULs between them.
func (l *Login) pack(said string) ([]byte, error) {
	texts := make([]string, 0, len(variables)+1)
	for _, v := range variables {
		texts = append(texts, *v.field(l))
	}
	packet := strings.Join(append(texts, said), "\x00")
	switch {
	case strings.Count(packet, "\x00") != len(variables):
		return nil, errNUL
	case len(packet) > maxPacket:
		return nil, errLong
	}
	return []byte(packet), nil
}

// unpack is the reverse of pack.
func unpack(packet []byte) (l Login, said string, err error) {
	texts := strings.Split(string(packet), "\x00")
	if len(texts) != len(variables)+1 {
		return Login{}, "", errPacket
	}
	for i, v := range variables {
		*v.field(&l) = texts[i]
	}
	return l, texts[len(variables)], nil
}
