package compressed

import (
	"errors"
	"fmt"
	"io"
	"math"

	"github.com/klauspost/compress/zstd"
)

// A Zstandard file has in its head how much of the text before an octet its
// decoder has to remember: the window. Compression levels up to 19 use 8 MiB at
// most, which is what RFC 8878 §3.1.1.1.2 advises to support. The levels above,
// which Dovecot can be set to use, use up to 128 MiB, also for a small message.
// Such a file is decoded with a window of largeWindow if its text is no longer
// than that.
const (
	maxWindow   = 8 << 20
	largeWindow = 32 << 20

	zstdHead       = 18   // octets of the longest head of a frame
	zstdDescriptor = 5    // the octet of a head that has the window
	zstdLarge      = 0x78 // what it is for largeWindow: 15 above 1 KiB, in its high 5 bits
)

// zstdDecoder decodes Zstandard files. Several frames one after the other are
// one text, and anything else after a frame is an error.
type zstdDecoder struct {
	*zstd.Decoder
	left    int64 // how many octets may come
	isLarge bool  // it has memory for a large window
}

// newZstdDecoder returns a decoder that starts no goroutine.
func newZstdDecoder() *zstdDecoder {
	d, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true))
	if err != nil {
		panic(err) // The options are right whatever the file.
	}
	return &zstdDecoder{Decoder: d}
}

func (d *zstdDecoder) reset(from *source) error {
	file, most := io.Reader(from), uint64(maxWindow)
	d.left, d.isLarge = math.MaxInt64, false
	if window := windowOf(from); window > maxWindow {
		most, d.isLarge = largeWindow, true
		if window > largeWindow {
			file, d.left = &largeFrame{r: from}, largeWindow
		}
	}
	// The second limits a frame that has no window but the length of its text.
	return d.ResetWithOptions(file, zstd.WithDecoderMaxWindow(most), zstd.WithDecoderMaxMemory(most))
}

// windowOf returns the window of the first frame, 0 if its head is malformed. A
// frame whose head has the length of the text instead has all of that as its
// window.
func windowOf(from *source) uint64 {
	head, _ := from.Peek(zstdHead)
	var h zstd.Header
	if h.Decode(head) != nil {
		return 0
	}
	if h.SingleSegment {
		return min(h.FrameContentSize, largeWindow)
	}
	return h.WindowSize
}

// largeFrame is a file whose first head has largeWindow in the place of a
// larger window. A text that is no longer is decoded to the same.
type largeFrame struct {
	r  io.Reader
	at int
}

// Read implements io.Reader.
func (f *largeFrame) Read(p []byte) (int, error) {
	n, err := f.r.Read(p)
	if i := zstdDescriptor - f.at; i >= 0 && i < n {
		p[i] = zstdLarge
	}
	f.at += min(n, zstdHead)
	return n, err
}

// Read implements io.Reader.
func (d *zstdDecoder) Read(p []byte) (int, error) {
	n, err := d.Decoder.Read(p)
	if int64(n) > d.left {
		n, err = int(d.left), fmt.Errorf("more than %d octets with that window: %w", largeWindow, ErrTooLarge)
	}
	d.left -= int64(n)
	if errors.Is(err, zstd.ErrWindowSizeExceeded) || errors.Is(err, zstd.ErrDecoderSizeExceeded) {
		err = fmt.Errorf("%w: %w", err, ErrTooLarge)
	}
	return n, err
}

func (d *zstdDecoder) release() bool {
	return d.Reset(nil) == nil && !d.isLarge
}
