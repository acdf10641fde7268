package password

import (
	"io"
	"os"
	"sync"
)

// SeenFile is a file in which a user database stores what its rows look like, for
// all processes that serve the same users, and across restarts. It contains no
// secret. Reads and writes of 8 octets at a multiple of 8 are atomic. A part that
// was never written reads as zeros or io.EOF. Goroutines and processes may share it.
type SeenFile interface {
	io.ReaderAt
	io.WriterAt
}

// MaxSeen is the largest size of a SeenFile, in octets. A user database uses no offset
// above it, and a larger file is not a SeenFile.
const MaxSeen = 64 << 10

// KeepSeen makes Seen return a file instead of memory of this process. Call it
// before the Verifier is used, and keep the file open as long as it is used.
func (v *Verifier) KeepSeen(file *os.File) { v.seen = file }

// Seen returns the file of KeepSeen, or else memory of this process.
func (v *Verifier) Seen() SeenFile { return v.seen }

// Tag returns 32 octets that depend on the Salts and a login, to mark the login
// in a SeenFile without naming it.
func (v *Verifier) Tag(login string) []byte { return v.mac(purposeSeen, login) }

// NewSeenMemory returns a SeenFile in the memory of this process.
func NewSeenMemory() SeenFile { return &seenMemory{} }

// seenMemory is a SeenFile in memory.
type seenMemory struct {
	mu   sync.Mutex
	data []byte // grows up to MaxSeen
}

// ReadAt implements io.ReaderAt.
func (m *seenMemory) ReadAt(p []byte, at int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if at >= int64(len(m.data)) {
		return 0, io.EOF
	}
	n := copy(p, m.data[at:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// WriteAt implements io.WriterAt.
func (m *seenMemory) WriteAt(p []byte, at int64) (int, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if end := at + int64(len(p)); end > MaxSeen {
		return 0, io.ErrShortWrite
	} else if end > int64(len(m.data)) {
		m.data = append(m.data, make([]byte, end-int64(len(m.data)))...)
	}
	return copy(m.data[at:], p), nil
}
