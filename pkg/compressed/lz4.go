package compressed

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/pierrec/lz4/v4"
)

// Dovecot's LZ4 files are lz4Magic, the largest number of octets that a chunk is
// decoded to, and chunks: the length of an LZ4 block, and the block. Numbers have
// 4 octets, the highest first. Nothing marks the end.
const (
	lz4Magic = "Dovecot-LZ4\x0d\x2a\x9b\xc5"

	// maxChunk is the largest chunk that Dovecot reads, compressed or not. It
	// writes 64 KiB.
	maxChunk = 1 << 20
)

// lz4Decoder decodes Dovecot's LZ4 files. It holds one chunk, compressed and not.
type lz4Decoder struct {
	from  io.Reader
	block []byte
	chunk []byte // its length is the limit that the header has
	text  []byte // of chunk, what was not read yet
}

func (d *lz4Decoder) reset(from *source) error {
	var head [len(lz4Magic) + 4]byte
	if _, err := io.ReadFull(from, head[:]); err != nil {
		return cutOff(err)
	}
	if string(head[:len(lz4Magic)]) != lz4Magic {
		return errors.New("no header")
	}
	most := binary.BigEndian.Uint32(head[len(lz4Magic):])
	if most > maxChunk {
		return fmt.Errorf("chunks of up to %d octets: %w", most, ErrTooLarge)
	}
	d.from, d.chunk = from, sized(d.chunk, int(most))
	return nil
}

// Read implements io.Reader.
func (d *lz4Decoder) Read(p []byte) (int, error) {
	if len(d.text) == 0 {
		if err := d.next(); err != nil {
			return 0, err
		}
	}
	n := copy(p, d.text)
	d.text = d.text[n:]
	return n, nil
}

// next decodes the next chunk. The error is io.EOF if there is none.
func (d *lz4Decoder) next() error {
	var length [4]byte
	if _, err := io.ReadFull(d.from, length[:]); err != nil {
		return err
	}
	octets := binary.BigEndian.Uint32(length[:])
	if octets == 0 || octets > maxChunk {
		return fmt.Errorf("chunk of %d octets", octets)
	}
	d.block = sized(d.block, int(octets))
	if _, err := io.ReadFull(d.from, d.block); err != nil {
		return cutOff(err)
	}
	n, err := lz4.UncompressBlock(d.block, d.chunk)
	if err != nil {
		return err
	}
	if n == 0 {
		return errors.New("empty chunk")
	}
	d.text = d.chunk[:n]
	return nil
}

func (d *lz4Decoder) release() bool {
	d.from, d.text = nil, nil
	return true
}

// sized returns a slice of n octets, buf if that is large enough.
func sized(buf []byte, n int) []byte {
	if cap(buf) < n {
		return make([]byte, n)
	}
	return buf[:n]
}
