package main

import (
	"bufio"
	"context"
	"encoding/binary"
	"encoding/gob"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"os"
	"syscall"
	"time"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// storeName is under which systemd keeps the sessions for the next process.
const storeName = "sessions"

// handoverVersion is that of the sessions' state behind its header. It changes
// whenever one side would misunderstand the other, with pop3.State or the
// state of a mailbox too.
const handoverVersion = 2

// handoverHeader begins the state of all versions, so that a process that does
// not know the version can still end the sessions: the first Sessions files
// are their connections.
type handoverHeader struct {
	Version, Sessions uint32
}

// handedSession is the state of one session. Its connection is the file of its
// number; Files files of its mailbox follow those of the sessions before it.
type handedSession struct {
	State   pop3.State
	Mailbox []byte // nil without one
	Files   int
}

// handOver gives sessions at rest to the next process. Those that cannot be
// given are ended.
func (p *program) handOver(sessions []*pop3.Suspended) {
	begun := time.Now()
	parcel := newParcel(sessions)
	p.server.Abandon(parcel.left...)
	if len(parcel.sessions) == 0 {
		return
	}
	if err := p.store(parcel); err != nil {
		p.logger.Error("session handover failed", slog.Any("error", err), slog.Int("sessions", len(parcel.sessions)))
		p.server.Abandon(parcel.suspended()...)
		return
	}
	leaveExpected(len(parcel.sessions))
	p.logger.Info("sessions handed over", slog.Int("sessions", len(parcel.sessions)),
		slog.Duration("duration", time.Since(begun)))
}

// parcel is sessions on their way, with what cannot be plain data.
type parcel struct {
	sessions []handedSession
	conns    []syscall.Conn
	files    []syscall.Conn // of all mailboxes

	left []*pop3.Suspended // cannot leave this process
}

// newParcel takes the sessions apart.
func newParcel(sessions []*pop3.Suspended) *parcel {
	p := &parcel{}
	for _, s := range sessions {
		conn, ok := s.Conn.(syscall.Conn)
		mailbox, isMaildir := s.Mailbox.(*maildir.Mailbox)
		if !ok || s.Mailbox != nil && !isMaildir {
			p.left = append(p.left, s)
			continue
		}
		handed := handedSession{State: s.State}
		if isMaildir {
			state, files := mailbox.Suspend()
			handed.Mailbox, handed.Files = state, len(files)
			for _, f := range files {
				p.files = append(p.files, f)
			}
		}
		p.sessions, p.conns = append(p.sessions, handed), append(p.conns, conn)
	}
	return p
}

// write writes the state.
func (p *parcel) write(w io.Writer) error {
	buffered := bufio.NewWriterSize(w, 1<<20)
	header := handoverHeader{handoverVersion, uint32(len(p.sessions))}
	if err := binary.Write(buffered, binary.BigEndian, header); err != nil {
		return err
	}
	encoder := gob.NewEncoder(buffered)
	for i := range p.sessions {
		if err := encoder.Encode(&p.sessions[i]); err != nil {
			return err
		}
	}
	return buffered.Flush()
}

// suspended returns the sessions as they were, but for their mailboxes, whose
// locks go with this process.
func (p *parcel) suspended() []*pop3.Suspended {
	var sessions []*pop3.Suspended
	for i, conn := range p.conns {
		sessions = append(sessions, &pop3.Suspended{State: p.sessions[i].State, Conn: conn.(net.Conn)})
	}
	return sessions
}

// barrierTime bounds how long systemd may take to receive what is stored.
const barrierTime = 10 * time.Second

// store leaves the parcel with systemd and returns when it has it.
func (p *program) store(parcel *parcel) error {
	receiver, err := sd.Pack(parcel.write, append(parcel.conns, parcel.files...))
	if err != nil {
		return err
	}
	defer receiver.Close() // systemd has its own by then.
	if err := p.notifier.Store(storeName, receiver); err != nil {
		return err
	}
	ctx, cancel := context.WithTimeout(context.Background(), barrierTime)
	defer cancel()
	if err := p.notifier.Barrier(ctx); err != nil {
		// The sessions will be ended: nobody may go on with them as well.
		return errors.Join(err, p.notifier.Remove(storeName))
	}
	return nil
}

// takeOver goes on with the sessions that an earlier process handed over.
func (p *program) takeOver(stored []sd.Socket) {
	parcels := 0
	for _, socket := range stored {
		if socket.Name == guardName {
			continue // The guard has it.
		}
		if socket.Name != storeName {
			_ = socket.File.Close() // Nobody knows what it was for.
			continue
		}
		parcels++
		begun := time.Now()
		taken, err := p.takeParcel(socket.File)
		if err != nil {
			p.logger.Error("session takeover failed", slog.Any("error", err))
		}
		p.logger.Info("sessions taken over", slog.Int("sessions", taken), slog.Duration("duration", time.Since(begun)))
	}
	if err := missed(parcels); err != nil {
		p.logger.Error("session takeover failed", slog.Any("error", err))
	}
	if parcels > 0 {
		// systemd's copies would keep connections open that have ended here.
		if err := p.notifier.Remove(storeName); err != nil {
			p.logger.Error("stored sessions not removed", slog.Any("error", err))
		}
	}
}

// takeParcel returns how many sessions go on.
func (p *program) takeParcel(receiver *os.File) (int, error) {
	defer receiver.Close()
	parcel, err := sd.Unpack(receiver)
	if err != nil {
		return 0, err
	}
	defer parcel.Close()
	state := bufio.NewReaderSize(parcel.State, 1<<20)
	var header handoverHeader
	if err := binary.Read(state, binary.BigEndian, &header); err != nil {
		return 0, err
	}
	if int64(header.Sessions) > int64(len(parcel.Files)) {
		return 0, errors.New("fewer files than sessions")
	}
	r := &resumer{
		program: p, decoder: gob.NewDecoder(state),
		conns: parcel.Files[:header.Sessions], files: parcel.Files[header.Sessions:],
	}
	if header.Version != handoverVersion {
		r.abandonRest(0)
		return 0, fmt.Errorf("state of version %d", header.Version)
	}
	if p.config.Processes.ParallelType != "thread" {
		r.abandonRest(0)
		return 0, errors.New("only parallel-type thread goes on with sessions")
	}
	return r.resumeAll()
}
