package maildir

import (
	"io"
	"os"
	"sync"

	"golang.org/x/sys/unix"
)

// sharedFile is a file that one goroutine may close while another reads it. It
// costs no system call but read(2) and close(2); an os.File costs two more.
type sharedFile struct {
	fd     fdReader
	mu     sync.Mutex
	users  int // calls of Read, and 1 until it is closed
	closed bool
}

// Read implements io.Reader. After Close its error is os.ErrClosed.
func (f *sharedFile) Read(p []byte) (int, error) {
	if !f.use() {
		return 0, os.ErrClosed
	}
	defer f.leave()
	return f.fd.Read(p)
}

// Close implements io.Closer. It does not wait for a Read; the file is closed
// after that.
func (f *sharedFile) Close() error {
	f.mu.Lock()
	closed := f.closed
	f.closed = true
	f.mu.Unlock()
	if closed {
		return os.ErrClosed
	}
	return f.leave()
}

// use reports whether the file is open, and keeps it open until leave.
func (f *sharedFile) use() bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.closed {
		return false
	}
	f.users++
	return true
}

// leave closes the file if it is not in use any more.
func (f *sharedFile) leave() error {
	f.mu.Lock()
	f.users--
	last := f.users == 0
	f.mu.Unlock()
	if last {
		return f.fd.Close()
	}
	return nil
}

// fdReader reads from a descriptor.
type fdReader int

// Read implements io.Reader.
func (fd fdReader) Read(p []byte) (n int, err error) {
	err = retry(func() (err error) {
		n, err = unix.Read(int(fd), p)
		return err
	})
	if err != nil {
		return 0, err
	}
	if n == 0 && len(p) > 0 {
		return 0, io.EOF
	}
	return n, nil
}

// Close implements io.Closer; it is called once.
func (fd fdReader) Close() error { return unix.Close(int(fd)) }
