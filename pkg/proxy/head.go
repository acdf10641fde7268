package proxy

import (
	"errors"
	"io"
)

// maxRest is how much of a message is read to no purpose, because only its
// beginning was wanted.
const maxRest = 64 << 20

// head is the beginning of a message that had to be asked for as a whole, from
// a backend without TOP.
type head struct {
	*stream
	cut headCut
}

// Read reads a piece of the beginning.
func (h *head) Read(p []byte) (int, error) {
	if h.cut.over() {
		return 0, io.EOF
	}
	n, err := h.stream.Read(p)
	return h.cut.take(p[:n]), err
}

// Close reads the rest, so that the connection stays of use.
func (h *head) Close() error {
	_, err := io.CopyN(io.Discard, h.stream, maxRest)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return errors.Join(err, h.stream.Close())
}

// headCut finds where the header and some lines of the body end. Lines end in
// CRLF.
type headCut struct {
	lines int64 // of the body, still wanted
	body  bool
	text  bool // the current line has more than its line end
}

func (h *headCut) over() bool { return h.body && h.lines <= 0 }

// take returns how much of piece is wanted.
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
