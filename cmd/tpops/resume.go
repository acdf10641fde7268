package main

import (
	"encoding/gob"
	"errors"
	"log/slog"
	"net"
	"os"

	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
)

// resumer goes on with the sessions of a parcel. Files that it takes it sets
// nil; the others are closed with the parcel.
type resumer struct {
	program *program
	decoder *gob.Decoder
	conns   []*os.File
	files   []*os.File // of the mailboxes of the sessions to come
}

// resumeAll returns how many sessions go on. Where the state cannot be read
// the sessions that are left end.
func (r *resumer) resumeAll() (int, error) {
	resumed := 0
	for i := range r.conns {
		var s handedSession
		if err := r.decoder.Decode(&s); err != nil {
			r.abandonRest(i)
			return resumed, err
		}
		if s.Files < 0 || s.Files > len(r.files) {
			r.abandonRest(i)
			return resumed, errors.New("fewer files than mailboxes have")
		}
		files := r.files[:s.Files]
		r.files = r.files[s.Files:]
		if err := r.resume(r.conns[i], &s, files); err != nil {
			r.program.logger.Warn("session lost", slog.String("session", s.State.ID),
				slog.String("user", s.State.Login), slog.String("remote", s.State.Remote), slog.Any("error", err))
			continue
		}
		resumed++
	}
	return resumed, nil
}

// resume goes on with one session, or ends it.
func (r *resumer) resume(file *os.File, s *handedSession, files []*os.File) error {
	conn, err := net.FileConn(file)
	if err != nil {
		return err
	}
	suspended := &pop3.Suspended{State: s.State, Conn: conn}
	mailbox, err := r.mailbox(s, files)
	if err != nil {
		r.program.server.Abandon(suspended)
		return err
	}
	if mailbox != nil {
		suspended.Mailbox = mailbox
	}
	if err := r.program.server.Resume(suspended); err != nil {
		r.program.server.Abandon(suspended)
		return err
	}
	return nil
}

// mailbox returns the mailbox of a session, nil if it had none.
func (r *resumer) mailbox(s *handedSession, files []*os.File) (*maildir.Mailbox, error) {
	if s.Mailbox == nil {
		return nil, nil
	}
	if s.State.Transaction.Account == nil {
		return nil, errors.New("a mailbox without an account")
	}
	taken := append([]*os.File{}, files...)
	clear(files) // They are the mailbox's now, whatever becomes of it.
	return maildir.Resume(owner(s.State.Transaction.Account), s.Mailbox, taken, r.program.maildirOptions(r.program.config))
}

// abandonRest ends the sessions from number first on.
func (r *resumer) abandonRest(first int) {
	var lost []*pop3.Suspended
	for _, file := range r.conns[first:] {
		if conn, err := net.FileConn(file); err == nil {
			lost = append(lost, &pop3.Suspended{Conn: conn})
		}
	}
	r.program.server.Abandon(lost...)
}
