package handover

import (
	"bytes"
	"encoding/binary"
	"errors"
	"io"
	"log/slog"
	"net"
	"os"

	"tpops/pkg/pop3"
)

// resumer resumes the sessions of a parcel. It sets the files that it has given to
// a session to nil; the others are closed with the parcel.
type resumer struct {
	server  Server
	log     *slog.Logger
	mailbox ResumeMailbox
	state   io.Reader // of the sessions that are not resumed yet
	conns   []*os.File
	files   []*os.File // of the mailboxes of the sessions that are not resumed yet
}

// resumeAll returns how many sessions continue. If the state cannot be read, the
// remaining sessions end.
func (r *resumer) resumeAll() (int, error) {
	resumed := 0
	for i := range r.conns {
		s, err := readSession(r.state)
		if err != nil {
			r.abandonFrom(i)
			return resumed, err
		}
		if s.Files < 0 || s.Files > len(r.files) {
			r.abandonFrom(i)
			return resumed, errors.New("fewer files than mailboxes have")
		}
		files := r.files[:s.Files]
		r.files = r.files[s.Files:]
		if err := r.resume(i, s, files); err != nil {
			r.log.Warn("session lost", slog.String("session", s.State.ID),
				slog.String("user", s.State.Login), slog.String("remote", s.State.Remote), slog.Any("error", err))
			continue
		}
		resumed++
	}
	return resumed, nil
}

// readSession reads what parcel.write has written for one session. The memory that it
// takes grows with what is there, not with the announced size.
func readSession(state io.Reader) (*sentSession, error) {
	var size uint32
	if err := binary.Read(state, binary.BigEndian, &size); err != nil {
		return nil, err
	}
	var data bytes.Buffer
	if _, err := io.CopyN(&data, state, int64(size)); err != nil {
		return nil, err
	}
	s := &sentSession{}
	return s, decode(data.Bytes(), s)
}

// resume resumes the session with index i, or ends it.
func (r *resumer) resume(i int, s *sentSession, files []*os.File) error {
	conn, err := r.takeConn(i)
	if err != nil {
		return err
	}
	suspended := &pop3.Suspended{State: s.State, Conn: conn}
	if s.Mailbox != nil {
		suspended.Mailbox, err = r.resumeMailbox(s, files)
	}
	if err == nil {
		err = r.server.Resume(suspended)
	}
	if err != nil {
		r.server.Abandon(suspended)
	}
	return err
}

// takeConn returns the connection with index i.
func (r *resumer) takeConn(i int) (net.Conn, error) {
	conn, err := net.FileConn(r.conns[i])
	_ = r.conns[i].Close() // Now: two descriptors for each connection could be more than LimitNOFILE= allows.
	r.conns[i] = nil
	return conn, err
}

func (r *resumer) resumeMailbox(s *sentSession, files []*os.File) (pop3.Mailbox, error) {
	if s.State.Transaction.Account == nil {
		return nil, errors.New("a mailbox without an account")
	}
	given := append([]*os.File{}, files...)
	clear(files) // The mailbox closes them, also after an error.
	return r.mailbox(s.State.Transaction.Account, s.Mailbox, given)
}

// abandonFrom ends the sessions from index first on.
func (r *resumer) abandonFrom(first int) {
	var lost []*pop3.Suspended
	for i := first; i < len(r.conns); i++ {
		if conn, err := r.takeConn(i); err == nil {
			lost = append(lost, &pop3.Suspended{Conn: conn})
		}
	}
	r.server.Abandon(lost...)
}
