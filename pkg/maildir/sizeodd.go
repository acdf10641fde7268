package maildir

import (
	"context"
	"errors"
	"log/slog"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// oddMessages decides about the messages whose size is not that of a text that was read.
type oddMessages interface {
	// encoded returns the size of a message that is compressed.
	encoded(ctx context.Context, m openMessage) (measured, error)
	// decide returns the size of a message, of which err came when it was measured, or nil.
	decide(at place, size measured, err error) (measured, error)
}

// openMessage is a message whose file is open, at its start.
type openMessage struct {
	place
	fd     int
	stat   unix.Stat_t
	format compressed.Format
}

// decoded decodes odd messages, as far as that is possible. No message but one that is gone
// keeps the owner from the others.
type decoded struct{ log func() *slog.Logger }

// encoded decodes a message.
func (d decoded) encoded(ctx context.Context, m openMessage) (measured, error) {
	octets, err := decodedOctets(ctx, m.fd, m.stat, m.name, m.format)
	return d.decide(m.place, measured{octets: octets, print: contentMark(m.stat), form: encoded}, err)
}

// decide returns the size of the file of a message that cannot be read: it stays in the
// listing. So does one that cannot be decoded, with the size in its name, which is that
// of its text.
func (d decoded) decide(at place, size measured, err error) (measured, error) {
	if err == nil || isPassing(err) || errors.Is(err, unix.ENOENT) {
		return size, err
	}
	size, statErr := fileOctets(at)
	if errors.Is(err, pop3.ErrEncoded) {
		if octets, ok := field(at.name[:uniqueLen(at.name)], 'S'); ok {
			size.octets = octets
		}
		size.form, size.why = unreadable, err
		return size, statErr
	}
	d.log().Warn("message size not read", "file", at.name, "error", err)
	size.print = 0
	return size, statErr
}

// leftAlone leaves odd messages to the session.
type leftAlone struct{}

func (leftAlone) encoded(context.Context, openMessage) (measured, error) {
	return measured{}, errNotPlain
}

func (leftAlone) decide(_ place, size measured, err error) (measured, error) { return size, err }
