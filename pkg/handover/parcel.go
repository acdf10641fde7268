package handover

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"syscall"

	"tpops/pkg/pop3"
)

// version is that of the state after the header. It changes whenever one process
// would misunderstand the other: also with pop3.State or the state of a mailbox.
const version = 4

// header begins the state in all versions, so that a process that does not know
// the version can still end the sessions: the first Sessions files are their
// connections.
type header struct {
	Version, Sessions uint32
}

// sentSession is the state of one session. Its connection is the file with the
// session's index; Files files of its mailbox follow those of the sessions before it.
type sentSession struct {
	State   pop3.State
	Mailbox []byte // nil without a mailbox
	Files   int
}

// parcel is sessions to be sent, with their open files.
type parcel struct {
	sessions []sentSession
	conns    []syscall.Conn
	files    []syscall.Conn // of all mailboxes

	left []*pop3.Suspended // cannot leave this process
}

// newParcel takes the sessions apart.
func newParcel(sessions []*pop3.Suspended) *parcel {
	p := &parcel{}
	for _, s := range sessions {
		conn, ok := s.Conn.(syscall.Conn)
		mailbox, suspends := s.Mailbox.(pop3.Suspender)
		if !ok || s.Stays() || s.Mailbox != nil && !suspends {
			p.left = append(p.left, s)
			continue
		}
		sent := sentSession{State: s.State}
		if suspends {
			state, files := mailbox.Suspend()
			sent.Mailbox, sent.Files = state, len(files)
			for _, f := range files {
				p.files = append(p.files, f)
			}
		}
		p.sessions, p.conns = append(p.sessions, sent), append(p.conns, conn)
	}
	return p
}

// write writes the state.
func (p *parcel) write(w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	if err := binary.Write(buffered, binary.BigEndian, header{version, uint32(len(p.sessions))}); err != nil {
		return err
	}
	for i := range p.sessions {
		data, err := encode(&p.sessions[i])
		if err != nil {
			return err
		}
		size := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
		if _, err := buffered.Write(append(size, data...)); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// suspended returns the sessions as they were, except for their mailboxes, whose
// locks end with this process.
func (p *parcel) suspended() []*pop3.Suspended {
	var sessions []*pop3.Suspended
	for i, conn := range p.conns {
		sessions = append(sessions, &pop3.Suspended{State: p.sessions[i].State, Conn: conn.(net.Conn)})
	}
	return sessions
}
