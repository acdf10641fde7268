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
// ends where the file ended when it was opened. If there is no such message,
// or no file with its unique name any more, the error wraps
// pop3.ErrNoMessage; any other error is one of the system, or that of ctx.
func (m *Mailbox) Open(ctx context.Context, n int) (io.ReadCloser, error) {
	if n < 1 || n > m.Listing().Len() {
		return nil, fmt.Errorf("message %d: %w", n, pop3.ErrNoMessage)
	}
	var text io.ReadCloser
	err := m.owner.Do(func() error {
		_, err := m.view.each(ctx, only(n-1), func(_ int, at place) (err error) {
			text, err = openMessage(at)
			return err
		})
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("message %d: %w", n, err)
	}
	if text == nil {
		return nil, fmt.Errorf("message %d: %w: %q is gone", n, pop3.ErrNoMessage, m.snap.name(m.snap.files[n-1]))
	}
	return text, nil
}

// openMessage opens the file at a place. Reading it needs the rights of
// nobody.
func openMessage(at place) (io.ReadCloser, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return nil, err
	}
	file := os.NewFile(uintptr(fd), at.name)
	return struct {
		io.Reader
		io.Closer
	}{io.LimitReader(file, stat.Size), file}, nil
}
