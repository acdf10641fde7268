package proxy

import (
	"errors"
	"io"
)

// maxRest is how much of a message is read and discarded after the wanted beginning.
const maxRest = 64 << 20

// head is the beginning of a message from a backend without TOP, which sends the
// complete message.
type head struct {
	*stream
	cut headCut
}

// Read reads a part of the beginning.
func (h *head) Read(p []byte) (int, error) {
	if h.cut.over() {
		return 0, io.EOF
	}
	n, err := h.stream.Read(p)
	return h.cut.take(p[:n]), err
}

// Close reads the rest, so that the connection can be used again.
func (h *head) Close() error {
	_, err := io.CopyN(io.Discard, h.stream, maxRest)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, h.stream.Close())
}

// headCut finds the end of the header and some lines of the body. Lines end in CRLF.
type headCut struct {
	lines int64 // of the body, still wanted
	body  bool
	text  bool // the current line has more than its line end
}

func (h *headCut) over() bool { return h.body && h.lines <= 0 }

// take returns how many octets of piece are wanted.
func (h *headCut) take(piece []byte) int {
	for i, c := range piece {
		switch {
		case h.over():
			return i
		case c != '\n':
			h.text = h.text || c != '\r'
			continue
		case h.body:
			h.lines--
		}
		h.body = h.body || !h.text
		h.text = false
	}
	return len(piece)
}
