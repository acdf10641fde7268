package maildir

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// DeletedMessage is a message that keep-deleted has kept. The owner of the Maildir may
// have changed all of it.
type DeletedMessage struct {
	Session string    // that deleted it; "unknown" if that is not known
	Remote  string    // address of its client, may be empty
	Time    time.Time // of the QUIT, in seconds
	UIDL    string    // that it had
	Octets  int64     // that it had for clients, or of its file
	File    string    // name of its file

	batch string
	sub   uint8
	place int // in the order of the mailbox that it was in
}

// unique returns the unique name of the file.
func (d *DeletedMessage) unique() string { return d.File[:uniqueLen(d.File)] }

// Deleted returns the messages that keep-deleted has kept in the Maildir dir, those
// deleted first at the beginning, with the rights of owner. roots are those of Options.
// The error may come with some of the messages.
func Deleted(ctx context.Context, owner *osuser.Owner, dir string, roots []string) (all []DeletedMessage, err error) {
	return hiddenIn(ctx, owner, dir, roots, DeletedDir)
}

// hiddenIn is Deleted for a hidden directory.
func hiddenIn(ctx context.Context, owner *osuser.Owner, dir string, roots []string, home string) (all []DeletedMessage, err error) {
	err = owner.Do(func() error {
		fd, err := openPath(owner, dir, roots)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		all, err = listDeleted(ctx, fd, home)
		return err
	})
	if err != nil {
		err = fmt.Errorf("%s: %w", dir, err)
	}
	return all, err
}

// listDeleted returns what is in the batches in the hidden directory home of an open
// Maildir.
func listDeleted(ctx context.Context, maildir int, home string) (list []DeletedMessage, err error) {
	all, err := openHidden(maildir, home)
	if errors.Is(err, unix.ENOENT) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(all)
	left := hiddenLimits{maxHidden, maxRecords}
	names, err := entryNames(all, &left.entries)
	for _, name := range names {
		if ctx.Err() != nil {
			return list, ctx.Err()
		}
		if _, _, ok := parseBatch(name); !ok {
			continue
		}
		some, failed := listBatch(all, name, &left)
		if list = append(list, some...); !isNone(failed) {
			err = errors.Join(err, failed)
		}
	}
	slices.SortStableFunc(list, func(a, b DeletedMessage) int {
		return cmp.Or(a.Time.Compare(b.Time), strings.Compare(a.batch, b.batch), cmp.Compare(a.place, b.place), strings.Compare(a.File, b.File))
	})
	return list, err
}

// isNone reports whether an error means that there is no batch, or no directory of one: it
// has expired, or the owner of the Maildir has put something else there.
func isNone(err error) bool { return errors.Is(err, unix.ENOENT) || errors.Is(err, pop3.ErrPermanent) }

// hiddenLimits is how much of a hidden directory may still be read.
type hiddenLimits struct {
	entries int
	records int64 // octets of records
}

// listBatch returns what is in a batch.
func listBatch(all int, name string, left *hiddenLimits) (list []DeletedMessage, err error) {
	dir, err := openHidden(all, name)
	if err != nil {
		return nil, err
	}
	defer unix.Close(dir)
	rec := openRecord(dir, &left.records)
	d := DeletedMessage{Remote: rec.remote, batch: name}
	d.Time, d.Session, _ = parseBatch(name)
	for sub := range batchSubs {
		d.sub = uint8(sub)
		fd, err := openHidden(dir, batchSubs[sub])
		if isNone(err) {
			continue
		}
		if err != nil {
			return list, err
		}
		files, err := entryNames(fd, &left.entries)
		for _, d.File = range files {
			if stat, err := statAt(fd, d.File); err == nil && isRegular(stat) {
				list = append(list, d.describe(rec, stat.Size))
			}
		}
		_ = unix.Close(fd)
		if err != nil {
			return list, err
		}
	}
	return list, nil
}

// describe returns d with what its record has, or else with what follows from its file.
func (d DeletedMessage) describe(rec record, size int64) DeletedMessage {
	m, known := rec.messages[d.unique()]
	d.UIDL, d.Octets, d.place = m.uidl, m.octets, m.place
	if !known {
		d.UIDL, d.Octets, d.place = builtInUIDL(d.unique()), size, len(rec.messages)
	}
	return d
}
