package hook

import (
	"errors"
	"strings"
)

// Login contains the properties of a login for a program. No field may contain a NUL. A
// program does not get empty fields.
type Login struct {
	User       string // login name
	Remote     string // address of the client, or "local"
	RemotePort string
	Local      string // address that the client connected to
	LocalPort  string
	Session    string // id of the session, as in the log
	Maildir    string // path of the mailbox
}

// variables is the table of the fields, with their variables of the environment. A
// packet contains the fields in this order.
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

// path is the search path of a program.
const path = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"

// environment returns the environment of a program.
func (l *Login) environment() []string {
	all := []string{path}
	for _, v := range variables {
		if value := *v.field(l); value != "" {
			all = append(all, v.name+"="+value)
		}
	}
	return all
}

// maxPacket is the maximum size of a packet in bytes.
const maxPacket = 16 << 10

var (
	errNUL    = errors.New("the login contains a NUL, which an environment cannot contain")
	errLong   = errors.New("the login is too long")
	errPacket = errors.New("invalid packet")
)

// pack returns the login and an error text as one packet: texts separated by NULs.
func (l *Login) pack(text string) ([]byte, error) {
	texts := make([]string, 0, len(variables)+1)
	for _, v := range variables {
		texts = append(texts, *v.field(l))
	}
	packet := strings.Join(append(texts, text), "\x00")
	switch {
	case strings.Count(packet, "\x00") != len(variables):
		return nil, errNUL
	case len(packet) > maxPacket:
		return nil, errLong
	}
	return []byte(packet), nil
}

// unpack is the reverse of pack.
func unpack(packet []byte) (l Login, text string, err error) {
	texts := strings.Split(string(packet), "\x00")
	if len(texts) != len(variables)+1 {
		return Login{}, "", errPacket
	}
	for i, v := range variables {
		*v.field(&l) = texts[i]
	}
	return l, texts[len(variables)], nil
}
