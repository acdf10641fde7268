package maildir

import (
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
)

// mostWhole is the largest file in octets that is read when it is opened. Its
// format has to be found anyway, and most messages are no larger.
const mostWhole = 16 << 10

// wholeTexts has the texts of messages that are closed, each for mostWhole octets:
// a client that fetches one message fetches more.
var wholeTexts = sync.Pool{New: func() any { return new([mostWhole]byte) }}

// wholeMessage is the text of a message that was read when it was opened. A
// session may close it at any time.
type wholeMessage struct {
	mu   sync.Mutex
	text *[mostWhole]byte // nil once closed
	left []byte           // of text
}

// Read implements io.Reader. After Close its error is os.ErrClosed.
func (w *wholeMessage) Read(p []byte) (int, error) {
	w.mu.Lock()
	defer w.mu.Unlock()
	switch {
	case w.text == nil:
		return 0, os.ErrClosed
	case len(w.left) == 0:
		return 0, io.EOF
	}
	n := copy(p, w.left)
	w.left = w.left[n:]
	return n, nil
}

// Close implements io.Closer. It does not wait for the system.
func (w *wholeMessage) Close() error {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.text == nil {
		return os.ErrClosed
	}
	wholeTexts.Put(w.text)
	w.text, w.left = nil, nil
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
	room := wholeTexts.Get().(*[mostWhole]byte)
	text := room[:stat.Size]
	var n int
	err := retry(func() (err error) {
		n, err = unix.Pread(fd, text, 0)
		return err
	})
	if err != nil || n < len(text) || compressed.Recognise(text[:min(n, compressed.HeadOctets)]) != compressed.Plain {
		wholeTexts.Put(room)
		return nil
	}
	return &wholeMessage{text: room, left: text}
}
