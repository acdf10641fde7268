package usage

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"os"
	"syscall"
	"time"
)

// readTries is how often a damaged page is read: a process may be writing it.
const readTries = 10

// Reader reads a file while others write it. One goroutine uses it.
type Reader struct {
	in      io.ReaderAt
	now     time.Time
	close   func() error
	buffer  [pageSize]byte
	found   []Client // in the last page
	damaged int
	err     error
}

// OpenReader opens the file. now decides which records have expired. The caller closes
// the Reader. The error is that of the system, or that the file is of another kind.
func OpenReader(name string, now time.Time) (*Reader, error) {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	if err := check(f); err != nil {
		return nil, errors.Join(fmt.Errorf("%s: %w", name, err), f.Close())
	}
	return &Reader{in: f, now: now, close: f.Close}, nil
}

// check returns an error for a file of another kind.
func check(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return errForeign
	}
	header := make([]byte, blockSize)
	n, err := f.ReadAt(header, 0)
	if !isEnd(err) {
		return err
	}
	_, err = readHeader(header[:n])
	return err
}

// Close closes the file.
func (r *Reader) Close() error { return r.close() }

// Damaged returns how many damaged parts were skipped so far.
func (r *Reader) Damaged() int { return r.damaged }

// Err returns the error that has ended Clients, or nil.
func (r *Reader) Err() error { return r.err }

// Clients returns the records that have not expired, in no order. It reads each page once,
// damaged ones a few times.
func (r *Reader) Clients() iter.Seq[Client] {
	return func(yield func(Client) bool) {
		for page := range maxPages {
			more, err := r.page(page)
			if r.err = err; err != nil || !more {
				return
			}
			for i := range r.found {
				if c := &r.found[i]; r.now.Sub(c.Last) <= keepTime && !yield(*c) {
					return
				}
			}
		}
	}
}

// page reads the records of a page, and returns false after the last one.
func (r *Reader) page(number int) (more bool, err error) {
	damaged := 0
	for range readTries {
		n, err := r.in.ReadAt(r.buffer[:], int64(number)*pageSize)
		if n == 0 || !isEnd(err) {
			return false, ignoreEnd(err)
		}
		clear(r.buffer[n:])
		r.found, damaged = r.found[:0], 0
		scanPage(r.buffer[:], firstBlock(number), func(c *Client, _, _ int) { r.found = append(r.found, *c) }, func(_, _ int, bad bool) {
			if bad {
				damaged++
			}
		})
		if damaged == 0 {
			break
		}
	}
	r.damaged += damaged
	return true, nil
}

func ignoreEnd(err error) error {
	if isEnd(err) {
		return nil
	}
	return err
}
