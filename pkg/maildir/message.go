package maildir

import (
	"context"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// Open returns message number n as it is stored; the caller closes it. Reading
// ends where the file ended when it was opened; if the file has become shorter
// since, the error of Read is io.ErrUnexpectedEOF. If there is no such message,
// or no file with its unique name any more, the error wraps
// pop3.ErrNoMessage, and pop3.ErrEncoded if its file is compressed or
// encrypted. Any other error is one of the system, or that of ctx.
func (m *Mailbox) Open(ctx context.Context, n int) (io.ReadCloser, error) {
	if n < 1 || n > m.Listing().Len() {
		return nil, fmt.Errorf("message %d: %w", n, pop3.ErrNoMessage)
	}
	var text io.ReadCloser
	i := m.snap.index(n)
	err := m.owner.Do(func() error {
		_, err := m.view.each(ctx, only(i), func(_ int, at place) (err error) {
			r, err := openMessage(at)
			if err == nil {
				m.check(i, r.print)
				if fd, is := r.file.(fdReader); is {
					r.file = os.NewFile(uintptr(fd), at.name) // which a session may close at any time
				}
				text = r
			}
			return err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", n, err)
	}
	if text == nil {
		return nil, fmt.Errorf("message %d: %w: %q is gone", n, pop3.ErrNoMessage, m.snap.name(m.snap.files[i]))
	}
	return text, nil
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

// openMessage opens the file at a place. Reading it needs no special rights. It is no os.File, which costs two system calls for each message that
// is measured.
func openMessage(at place) (*messageReader, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	how, err := encoding(fd)
	if err == nil {
		err = isText(at.name, how)
	}
	if err != nil {
		_ = unix.Close(fd)
		return nil, err
	}
	return newReader(fd, stat), nil
}

// newReader returns a reader of an open file, which it closes.
func newReader(fd int, stat unix.Stat_t) *messageReader {
	return &messageReader{fdReader(fd), stat.Size, contentMark(stat)}
}

// isText returns the error of a file with this name that is how, see encodingOf.
func isText(name, how string) error {
	if how == "" {
		return nil
	}
	return fmt.Errorf("%q is %s, and its text cannot be had: %w", name, how, pop3.ErrEncoded)
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
