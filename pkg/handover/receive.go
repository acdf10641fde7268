package handover

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"os"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// ResumeMailbox continues the mailbox of a session with the state and the files
// that the mailbox's Suspend returned. The files are its to close, also after an
// error.
type ResumeMailbox func(account *pop3.Account, state []byte, files []*os.File) (pop3.Mailbox, error)

// Receive resumes the sessions that a previous process has sent. Of the sockets,
// which systemd stored, it closes those that this version does not know. With a
// nil resume the process model cannot continue sessions, and they end.
func (s *Service) Receive(server Server, stored []sd.Socket, resume ResumeMailbox) {
	parcels, received := 0, 0
	for _, socket := range stored {
		if socket.Name == guardName || socket.Name == figuresName || socket.Name == predecessorName {
			continue // ReceiveGuard, ReceiveFigures and Predecessors take them.
		}
		if socket.Name != storeName {
			_ = socket.File.Close() // A later version has stored it.
			continue
		}
		parcels++
		received += s.receiveLogged(server, socket.File, resume)
	}
	if err := s.checkExpected(received); err != nil {
		s.Log.Error("session takeover failed", slog.Any("error", err))
	}
	if parcels > 0 {
		// systemd's copies would keep connections open after their sessions have ended.
		if err := s.Notifier.Remove(storeName); err != nil {
			s.Log.Error("stored sessions not removed", slog.Any("error", err))
		}
	}
}

// unreadable is the number of sessions of a parcel that cannot be read, which has an error of
// its own: whatever was sent may have been there.
const unreadable = 1 << 24

// receiveLogged returns how many sessions came, whether they continue or not.
func (s *Service) receiveLogged(server Server, receiver *os.File, resume ResumeMailbox) (received int) {
	begun := time.Now()
	received, resumed, err := s.receive(server, receiver, resume)
	if err != nil {
		s.Log.Error("session takeover failed", slog.Any("error", err))
	}
	s.Log.Info("sessions taken over", slog.Int("sessions", resumed), slog.Duration("duration", time.Since(begun)))
	return received
}

// receive returns how many sessions a parcel has, and how many of them continue.
func (s *Service) receive(server Server, receiver *os.File, resume ResumeMailbox) (received, resumed int, err error) {
	defer receiver.Close()
	parcel, err := sd.Unpack(receiver)
	if err != nil {
		return unreadable, 0, err
	}
	defer parcel.Close()
	state := bufio.NewReaderSize(parcel.State, 1<<20)
	var h header
	if err := binary.Read(state, binary.BigEndian, &h); err != nil {
		return unreadable, 0, err
	}
	if int64(h.Sessions) > int64(len(parcel.Files)) {
		return unreadable, 0, errors.New("fewer files than sessions")
	}
	received = int(h.Sessions)
	r := &resumer{
		server: server, log: s.Log, mailbox: resume, state: state,
		conns: parcel.Files[:received], files: parcel.Files[received:],
	}
	if h.Version != version {
		r.abandonFrom(0)
		return received, 0, fmt.Errorf("the sessions have format %d, and this version of TPOPS reads only format %d", h.Version, version)
	}
	if resume == nil {
		r.abandonFrom(0)
		return received, 0, errors.New("only parallel-type = thread continues sessions")
	}
	resumed, err = r.resumeAll()
	return received, resumed, err
}
