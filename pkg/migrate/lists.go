package migrate

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

// Dovecot is Dovecot, whose list is a dovecot-uidlist.
type Dovecot struct {
	Format      uidlist.Format // pop3_uidl_format
	ReuseXUIDL  bool           // pop3_reuse_xuidl
	DeletedFlag string         // pop3_deleted_flag: the keyword of messages that POP3 does not show
	ControlDir  string         // where the list is, if not in the Maildir: an absolute path, with %u, %n and %d of the login
}

// Courier is Courier's POP3 server, whose list is a courierpop3dsizelist.
type Courier struct{}

// errNoList means that another server has never listed a mailbox.
var errNoList = errors.New("there is none: the old server has never listed this mailbox, or keeps its lists elsewhere (see --control-dir for Dovecot)")

// find adds a list to what is known.
func (o *old) find(listed []uidlist.Message, messages []maildir.Surveyed) {
	indexes := byUnique(messages)
	for _, m := range listed {
		for _, i := range indexes[m.Unique] {
			o.known = append(o.known, known{i, m.UIDL})
		}
	}
}

// missing returns the error of a list that is not there, nil if there is nothing
// that could be in it.
func missing(path string, messages []maildir.Surveyed) error {
	if len(messages) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w", path, errNoList)
}

func (Courier) old(_ context.Context, j Job, s *maildir.Survey, messages []maildir.Surveyed) (*old, error) {
	o := &old{}
	path := pathOf(j, uidlist.CourierName)
	file, err := s.File(uidlist.CourierName)
	if errors.Is(err, fs.ErrNotExist) {
		return o, missing(path, messages)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	list, err := uidlist.ReadCourier(uidlist.Source{Reader: file, Path: path})
	if err != nil {
		return nil, err
	}
	o.find(list.Messages(), messages)
	return o, nil
}

func (d Dovecot) old(ctx context.Context, j Job, s *maildir.Survey, messages []maildir.Surveyed) (*old, error) {
	o := &old{}
	file, path, err := d.open(j, s, uidlist.DovecotName)
	if errors.Is(err, fs.ErrNotExist) {
		return o, missing(path, messages)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	list, err := uidlist.ReadDovecot(uidlist.Source{Reader: file, Path: path})
	if err != nil {
		return nil, err
	}
	o.find(list.Messages(d.Format), messages)
	if d.ReuseXUIDL {
		if err := o.reuse(ctx, list, s, messages); err != nil {
			return nil, err
		}
	}
	return o, d.hide(o, j, s, messages)
}

// open opens a file of Dovecot. The error is or wraps fs.ErrNotExist if there is
// none.
func (d Dovecot) open(j Job, s *maildir.Survey, name string) (io.ReadCloser, string, error) {
	if d.ControlDir == "" {
		file, err := s.File(name)
		return file, pathOf(j, name), err
	}
	dir, err := expand(d.ControlDir, j.Login)
	if err != nil {
		return nil, d.ControlDir, err
	}
	file, err := s.FileIn(dir, name)
	return file, filepath.Join(dir, name), err
}

// hide notes the messages with the keyword of pop3_deleted_flag.
func (d Dovecot) hide(o *old, j Job, s *maildir.Survey, messages []maildir.Surveyed) error {
	if d.DeletedFlag == "" {
		return nil
	}
	file, path, err := d.open(j, s, uidlist.KeywordsName)
	if errors.Is(err, fs.ErrNotExist) {
		return nil // No message has a keyword.
	}
	if err != nil {
		return fmt.Errorf("%s: %w", path, err)
	}
	defer file.Close()
	keywords, err := uidlist.ReadKeywords(uidlist.Source{Reader: file, Path: path})
	if err != nil {
		return err
	}
	letter, used := keywords.Letter(d.DeletedFlag)
	for i, m := range messages {
		if used && hasFlag(m.Name, letter) {
			o.hidden = append(o.hidden, i)
		}
	}
	return nil
}
