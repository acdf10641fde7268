package compressed

import (
	"context"
	"errors"
	"fmt"
	"io"
	"math"
)

// The errors of a file that is there and can be read, but whose text cannot be
// had. An error of reading the file itself wraps none of them.
var (
	// ErrCorrupt means that the file is damaged, cut off, or followed by
	// something else.
	ErrCorrupt = errors.New("compressed data is damaged")

	// ErrEncrypted means that the file is encrypted.
	ErrEncrypted = errors.New("encrypted")

	// ErrUnsupported means that the file is compressed in a format that is not
	// read here.
	ErrUnsupported = errors.New("unsupported compression")

	// ErrTooLarge means that the text is longer than maxOctets allows, or that the
	// file wants more memory than any is given.
	ErrTooLarge = errors.New("text is too large for its compressed size")
)

// The text of a file may be as long as alwaysOctets, and if it is longer,
// maxRatio times as long as the file. A sender of a text of nothing but zeros
// is limited by how large a mail servers accept, which is below the first; so no
// mail that was accepted is refused. Of larger texts no real one is compressed
// so well: the base64 of a photograph has 1.3, a log file has 30.
const (
	alwaysOctets = 128 << 20
	maxRatio     = 100
)

// maxOctets returns how many octets the text of a compressed file may have that
// has stored octets.
func maxOctets(stored int64) int64 {
	if stored > math.MaxInt64/maxRatio {
		return math.MaxInt64
	}
	return max(alwaysOctets, stored*maxRatio)
}

// Reader is the text of a compressed file. One goroutine at a time may use it.
type Reader struct {
	source *source
	format Format
	decode decoder // nil once closed, or if there is none for the format
	left   int64   // how many octets the text may still have
	err    error   // of the last Read
	free   func()  // gives the memory back; nil once closed, or if none was taken
}

// decoder decodes one format. Its errors wrap ErrTooLarge, or are about the
// file, or those of its source.
type decoder interface {
	io.Reader

	// reset has the decoder read another file from its start.
	reset(from *source) error

	// release gives up what belongs to the file, and reports whether the
	// decoder may be used again.
	release() bool
}

// NewReader returns the text of the file from, of a format other than Plain,
// which is at its start and has stored octets. The caller closes the Reader; it
// does not close from. Readers hold memory, which all of the process share: NewReader
// waits for some time until there is enough. Its error wraps ErrBusy then, or is that
// of ctx. A goroutine must close one Reader before it opens another.
//
// Read returns an error that wraps ErrCorrupt, ErrTooLarge, ErrEncrypted or
// ErrUnsupported if the text cannot be had, and the error of from if that fails.
// It is io.EOF only if the text ended as its format wants. Until then what was
// read may be a part of something damaged.
func NewReader(ctx context.Context, from io.Reader, format Format, stored int64) (*Reader, error) {
	return shared().open(ctx, from, format, maxOctets(stored))
}

// readSource returns a Reader for a text of up to most octets.
func readSource(from *source, format Format, most int64) *Reader {
	r := &Reader{source: from, format: format, left: most}
	switch format {
	case inCrypt:
		r.err = fmt.Errorf("%v: %w", format, ErrEncrypted)
	case inGzip, inBzip2, inZstd, inLZ4:
		r.decode = takeDecoder(format)
		r.start()
	default:
		r.err = fmt.Errorf("%v: %w", format, ErrUnsupported)
	}
	return r
}

// start begins to decode.
func (r *Reader) start() {
	defer r.caught()
	if _, err := r.source.Peek(1); err != nil {
		r.err = r.reason(cutOff(err))
		return
	}
	r.err = r.reason(r.decode.reset(r.source))
}

// Read implements io.Reader. See NewReader for its errors. After an error it
// returns the same one again.
func (r *Reader) Read(p []byte) (n int, err error) {
	if r.err != nil || len(p) == 0 {
		return 0, r.err
	}
	n = r.read(p)
	return n, r.err
}

// read sets err.
func (r *Reader) read(p []byte) (n int) {
	defer r.caught()
	// One more than may come shows that there is more.
	n, err := r.decode.Read(p[:1+min(int64(len(p)-1), r.left)])
	if int64(n) > r.left {
		n, err = int(r.left), fmt.Errorf("more than %d octets of text: %w", r.left, ErrTooLarge)
	}
	r.left -= int64(n)
	r.err = r.reason(err)
	return n
}

// reason returns what an error of the decoder means. It may have taken an error
// of the file for its end.
func (r *Reader) reason(err error) error {
	switch {
	case err == nil:
		return nil
	case r.source.err != nil:
		return r.source.err
	case err == io.EOF:
		return io.EOF
	case errors.Is(err, ErrTooLarge):
		return fmt.Errorf("%v: %w", r.format, err)
	case errors.Is(err, io.ErrUnexpectedEOF):
		return fmt.Errorf("%v: %w: it ends too early", r.format, ErrCorrupt)
	}
	return fmt.Errorf("%v: %w: %v", r.format, ErrCorrupt, err)
}

// caught makes an error of a panic: one file that a library cannot handle must
// not keep the owner from the other messages.
func (r *Reader) caught() {
	if fault := recover(); fault != nil {
		r.err = fmt.Errorf("%v: %w: the decoder failed: %v", r.format, ErrCorrupt, fault)
		r.decode = nil // It is in no known state.
	}
}

// Close gives back the memory of the decoder. It returns no error, and a second
// call does nothing.
func (r *Reader) Close() error {
	if r.decode != nil {
		giveDecoder(r.format, r.decode)
		r.decode = nil
	}
	if r.source != nil {
		giveSource(r.source)
		r.source = nil
	}
	if r.free != nil {
		r.free()
		r.free = nil
	}
	r.err = errClosed
	return nil
}

var errClosed = errors.New("compressed: read after close")
