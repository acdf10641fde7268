package maildir

import (
	"bytes"
	"os"
	"sync/atomic"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
)

// mostWhole is the largest file in octets that is read when it is opened. Its
// format has to be found anyway, and most messages are no larger.
const mostWhole = 16 << 10

// wholeMessage is the text of a message that was read when it was opened. A
// session may close it at any time.
type wholeMessage struct {
	text   bytes.Reader
	closed atomic.Bool
}

// Read implements io.Reader. After Close its error is os.ErrClosed.
func (w *wholeMessage) Read(p []byte) (int, error) {
	if w.closed.Load() {
		return 0, os.ErrClosed
	}
	return w.text.Read(p)
}

// Close implements io.Closer. It does not wait for a Read.
func (w *wholeMessage) Close() error {
	if w.closed.Swap(true) {
		return os.ErrClosed
	}
	return nil
}

// readWhole reads a small open file with that status and returns its text. It
// returns nil if the file is large, is not plain text, or cannot be read as
// far as its size: then it is to be read in the usual way. The position in the
// file stays.
func readWhole(fd int, stat unix.Stat_t) *wholeMessage {
	if stat.Size > mostWhole {
		return nil
	}
	text := make([]byte, stat.Size)
	var n int
	err := retry(func() (err error) {
		n, err = unix.Pread(fd, text, 0)
		return err
	})
	if err != nil || n < len(text) || compressed.Recognise(text[:min(n, compressed.HeadOctets)]) != compressed.Plain {
		return nil
	}
	w := &wholeMessage{}
	w.text.Reset(text)
	return w
}
