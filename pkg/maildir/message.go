package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// Open returns the text of message number n; the caller closes it. Reading
// ends where the file ended when it was opened; if the file has become shorter
// since, the error of Read is io.ErrUnexpectedEOF. If there is no such message,
// or no file with its unique name any more, the error wraps
// pop3.ErrNoMessage. It wraps pop3.ErrEncoded if the file is encrypted, or
// compressed and cannot be decoded to its end; Read returns such an error only
// if the file becomes damaged meanwhile. Any other error is one of the system,
// or that of ctx.
func (m *Mailbox) Open(ctx context.Context, n int) (io.ReadCloser, error) {
	if n < 1 || n > m.Listing().Len() {
		return nil, fmt.Errorf("message %d: %w", n, pop3.ErrNoMessage)
	}
	var text io.ReadCloser
	i := m.snap.index(n)
	err := m.owner.Do(func() error {
		return m.view.fetch(ctx, i, func(i int, at place) (err error) {
			text, err = m.openAt(ctx, i, at)
			return err
		})
	})
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", n, err)
	}
	if text == nil {
		return nil, fmt.Errorf("message %d: %w: %q is gone", n, pop3.ErrNoMessage, m.snap.name(m.snap.files[i]))
	}
	return text, nil
}

// openAt opens the file of message i at a place, and reads it if it is small.
// Reading it needs no special rights. No part of a message that cannot be decoded may be sent: unless the
// file is what was decoded to be measured, it is decoded to its end before.
func (m *Mailbox) openAt(ctx context.Context, i int, at place) (io.ReadCloser, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	m.check(i, contentMark(stat))
	if whole := readWhole(fd, stat); whole != nil {
		_ = unix.Close(fd)
		return whole, nil
	}
	file := newReader(fd, stat)
	format, err := formatOf(fd)
	if err == nil && format != compressed.Plain && !m.isDecoded(i, file.print) {
		err = m.tryDecode(ctx, fd, stat, at.name, format)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	file.file = &sharedFile{fd: fdReader(fd), users: 1} // A session may close it at any time.
	if format == compressed.Plain {
		return file, nil
	}
	text, err := newDecodedMessage(m.forDecoder(ctx), file, at.name, format, m.forget)
	if err != nil {
		return nil, err // not a nil *decodedMessage
	}
	return text, nil
}

// forDecoder returns a context with which all readers of this mailbox share memory.
func (m *Mailbox) forDecoder(ctx context.Context) context.Context {
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(m.dir, &stat) }); err != nil {
		return ctx
	}
	return compressed.For(ctx, [2]uint64{uint64(stat.Dev), stat.Ino})
}

// tryDecode decodes an open file to its end, unless this session has done so in vain.
func (m *Mailbox) tryDecode(ctx context.Context, fd int, stat unix.Stat_t, name string, format compressed.Format) error {
	if why := m.failed.reason(stat); why != nil {
		return why
	}
	_, err := decodedOctets(ctx, fd, stat, name, format)
	if errors.Is(err, pop3.ErrEncoded) {
		if m.failed == nil {
			m.failed = &undecoded{}
		}
		m.failed.add(stat, err)
	}
	return err
}

// isDecoded reports whether the file of message i, which has the mark print
// now, was decoded when it was measured.
func (m *Mailbox) isDecoded(i int, print uint32) bool {
	f := m.snap.files[i]
	return f.form == encoded && f.print == print && f.twin == 0
}

// check forgets what is known of the mailbox if the file of message i, which
// has the mark print now, is not what it was when it was measured. The session
// goes on with the size that it has, as with any that turns out wrong.
func (m *Mailbox) check(i int, print uint32) {
	f := m.snap.files[i]
	if f.print != 0 && f.print != print && f.twin == 0 {
		m.reader.forget(m.snap)
	}
}

// forget has the next login measure all messages again.
func (m *Mailbox) forget() {
	_ = m.owner.Do(func() error {
		m.reader.forget(m.snap)
		return nil
	})
}

// newReader returns a reader of an open file, which it closes.
func newReader(fd int, stat unix.Stat_t) *messageReader {
	return &messageReader{fdReader(fd), stat.Size, contentMark(stat)}
}

// messageReader is a message that is being read: just as many octets as its file had
// when it was opened. A message of which only a part is there must not be
// taken for a whole one.
type messageReader struct {
	file  io.ReadCloser
	left  int64
	print uint32 // contentMark of the file
}

// Read reads from the file.
func (r *messageReader) Read(p []byte) (int, error) {
	if r.left <= 0 {
		return 0, io.EOF
	}
	n, err := r.file.Read(p[:min(int64(len(p)), r.left)])
	r.left -= int64(n)
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return n, err
}

// Close closes the file.
func (r *messageReader) Close() error { return r.file.Close() }
