package handover

import (
	"bufio"
	"encoding/binary"
	"io"
	"net"
	"os"
	"slices"
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
}

// newParcels takes the sessions apart, and returns those that cannot leave this process. A
// parcel has at most so many files, unless one session has more.
func newParcels(sessions []*pop3.Suspended, most int) (parcels []*parcel, left []*pop3.Suspended) {
	for _, s := range sessions {
		conn, ok := s.Conn.(syscall.Conn)
		mailbox, suspends := s.Mailbox.(pop3.Suspender)
		if !ok || s.Stays() || s.Mailbox != nil && !suspends {
			left = append(left, s)
			continue
		}
		sent, files := sentSession{State: s.State}, []*os.File(nil)
		if suspends {
			sent.Mailbox, files = mailbox.Suspend()
			sent.Files = len(files)
			if sent.Mailbox == nil {
				_ = s.Mailbox.Close() // Otherwise this process, if it goes on, would keep it locked.
			}
		}
		if n := len(parcels); n == 0 || parcels[n-1].descriptors()+1+len(files) > most {
			parcels = append(parcels, &parcel{})
		}
		parcels[len(parcels)-1].add(sent, conn, files)
	}
	return parcels, left
}

func (p *parcel) add(s sentSession, conn syscall.Conn, files []*os.File) {
	p.sessions, p.conns = append(p.sessions, s), append(p.conns, conn)
	for _, f := range files {
		p.files = append(p.files, f)
	}
}

// descriptors returns how many descriptors the parcel has.
func (p *parcel) descriptors() int { return len(p.conns) + len(p.files) }

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

// close closes the copies of this process: the next one has its own, or the sessions have ended.
// Otherwise no client would see that the next process closes its connection, and the mailbox of a
// session that has ended here would stay locked.
func (p *parcel) close() {
	for _, c := range slices.Concat(p.conns, p.files) {
		_ = c.(io.Closer).Close() // Nothing waits to be written. Abandon may have closed it.
	}
}

// suspended returns the sessions as they were, except for their mailboxes, whose
// locks end with close.
func (p *parcel) suspended() []*pop3.Suspended {
	var sessions []*pop3.Suspended
	for i, conn := range p.conns {
		sessions = append(sessions, &pop3.Suspended{State: p.sessions[i].State, Conn: conn.(net.Conn)})
	}
	return sessions
}
