package migrate

import (
	"bytes"
	"crypto/sha256"
	"hash"
)

// digest is that of a header.
type digest [sha256.Size]byte

// headerHash is an io.Writer of a message, of which it makes a digest of the
// header. Line ends make no difference, nor do the fields that servers add.
type headerHash struct {
	hash hash.Hash
	line []byte
	skip bool // the field is one that does not count
	over bool // the blank line has come
}

// maxHeaderLine is how much of a line counts.
const maxHeaderLine = 64 << 10

// Write implements io.Writer. It takes all and returns no error.
func (h *headerHash) Write(text []byte) (int, error) {
	n := len(text)
	for !h.over && len(text) > 0 {
		piece, rest, whole := bytes.Cut(text, []byte{'\n'})
		h.line = append(h.line, piece[:min(len(piece), maxHeaderLine-len(h.line))]...)
		if whole {
			h.end()
		}
		text = rest
	}
	return n, nil
}

// end takes a whole line.
func (h *headerHash) end() {
	line := bytes.TrimRight(h.line, "\r")
	h.line = h.line[:0]
	if len(line) == 0 {
		h.over = true
		return
	}
	if folded := line[0] == ' ' || line[0] == '\t'; !folded {
		h.skip = isAdded(line)
	}
	if h.skip {
		return
	}
	if h.hash == nil {
		h.hash = sha256.New()
	}
	h.hash.Write(line)
	h.hash.Write([]byte{'\n'})
}

// sum returns the digest of what was written.
func (h *headerHash) sum() digest {
	if !h.over && len(h.line) > 0 {
		h.end()
	}
	if h.hash == nil {
		return digest{}
	}
	return digest(h.hash.Sum(nil))
}

// isAdded reports whether a field is one that servers add to what they send, or
// leave out, such as the state of a message.
func isAdded(line []byte) bool {
	name, _, _ := bytes.Cut(line, []byte{':'})
	switch string(bytes.ToLower(bytes.TrimSpace(name))) {
	case "status", "x-status", "x-uidl", "x-uid", "x-imap", "x-imapbase", "x-keywords", "content-length":
		return true
	}
	return false
}
