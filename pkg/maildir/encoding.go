package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// form is what is known of how the text of a message is stored.
type form uint8

const (
	asText     form = iota // its file is the text, or was not looked at
	encoded                // its file was decoded whole
	unreadable             // its text cannot be had
)

// formatOf returns the format of an open file. The position in the file stays.
func formatOf(fd int) (compressed.Format, error) {
	var head [compressed.HeadOctets]byte
	var n int
	err := retry(func() (err error) {
		n, err = unix.Pread(fd, head[:], 0)
		return err
	})
	if err != nil {
		return compressed.Plain, err // n is -1
	}
	return compressed.Recognise(head[:n]), nil
}

// decodedOctets decodes an open file with the given name whole, and returns the
// size that its text has on the wire. The file is at its start before and after.
// The error wraps pop3.ErrEncoded if the text cannot be had.
func decodedOctets(ctx context.Context, fd int, stat unix.Stat_t, name string, format compressed.Format) (int64, error) {
	text, err := compressed.NewReader(ctx, contextReader{ctx, newReader(fd, stat)}, format, stat.Size)
	if err != nil {
		return 0, fmt.Errorf("%q: %w", name, err)
	}
	defer text.Close()
	counted := &countedReader{r: contextReader{ctx, text}}
	octets, err := pop3.WireOctets(counted)
	if err != nil {
		return 0, undecodable(name, err)
	}
	// Dovecot's S= is the size of the text.
	if most, named := field(name[:uniqueLen(name)], 'S'); named && !format.HasEnd() && counted.octets < most {
		err := fmt.Errorf("%v: %w: %d octets of %d", format, compressed.ErrCorrupt, counted.octets, most)
		return 0, undecodable(name, err)
	}
	return octets, rewind(fd)
}

// rewind sets the position of an open file to its start.
func rewind(fd int) error {
	_, err := unix.Seek(fd, 0, io.SeekStart)
	return err
}

// undecodable returns the error of a file with this name, which wraps
// pop3.ErrEncoded if err means that its text cannot be had.
func undecodable(name string, err error) error {
	for _, cause := range [...]error{compressed.ErrCorrupt, compressed.ErrEncrypted, compressed.ErrUnsupported, compressed.ErrTooLarge} {
		if errors.Is(err, cause) {
			return fmt.Errorf("%q cannot be decoded: %w: %w", name, err, pop3.ErrEncoded)
		}
	}
	return err
}

// countedReader counts what is read.
type countedReader struct {
	r      io.Reader
	octets int64
}

// Read reads from r.
func (c *countedReader) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.octets += int64(n)
	return n, err
}
