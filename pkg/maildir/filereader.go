package maildir

import (
	"context"
	"errors"
	"io"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
)

// errNotPlain means that a file is not the text of a message.
var errNotPlain = errors.New("not plain text")

// checkedReader is a message that is read to be measured. It looks for the signature
// of compressed and encrypted files in what is read anyway.
type checkedReader struct {
	*messageReader
	fd      int
	checked bool
	format  compressed.Format
}

// Read reads from the file. Its error is errNotPlain if the file is no text.
func (r *checkedReader) Read(p []byte) (int, error) {
	n, err := r.messageReader.Read(p)
	if r.checked || err != nil {
		return n, err
	}
	r.checked = true
	r.format = compressed.Recognise(p[:min(n, compressed.HeadOctets)])
	if n < compressed.HeadOctets && r.left > 0 {
		r.format, err = formatOf(r.fd)
	}
	if err == nil && r.format != compressed.Plain {
		err = errNotPlain
	}
	return n, err
}

// fdReader reads from a descriptor.
type fdReader int

// Read implements io.Reader.
func (fd fdReader) Read(p []byte) (n int, err error) {
	err = retry(func() (err error) {
		n, err = unix.Read(int(fd), p)
		return err
	})
	if err != nil {
		return 0, err
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close implements io.Closer; it is called once.
func (fd fdReader) Close() error { return unix.Close(int(fd)) }

// contextReader is a reader that ends with a context: a user's sparse file may
// be larger than any patience.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

// Read reads from r unless the context has ended.
func (r contextReader) Read(p []byte) (int, error) {
	if err := r.ctx.Err(); err != nil {
		return 0, err
	}
	return r.r.Read(p)
}
