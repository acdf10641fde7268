package maildir

import (
	"context"
	"errors"
	"io"

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
