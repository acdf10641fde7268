package usage

import (
	"errors"
	"fmt"
	"hash/maphash"
	"math/rand/v2"
	"os"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
)

// Mode is the mode of the file: it contains personal data.
const Mode = os.FileMode(0o600)

const (
	// keepTime is how long a record is kept after the last login.
	keepTime = 400 * 24 * time.Hour
	// maxPages bounds the file: 64 MiB.
	maxPages = 64 << 20 / pageSize
	// rescanTime is how often expired records are removed.
	rescanTime = 24 * time.Hour
	// lockWait and lockTries bound the wait for another process.
	lockWait  = 20 * time.Millisecond
	lockTries = 50
)

var (
	errForeign = errors.New("not a usage file of TPOPS: move it away, or change usage-file")
	errFull    = errors.New("the file is full: new users and clients are not recorded")
	errLocked  = errors.New("another process keeps the file locked")
	errRemoved = errors.New("the file was removed: restart tpops")
)

// file is the file, opened for writing. One goroutine uses it.
type file struct {
	f       *os.File
	writer  uint64 // a random number: this process
	seed    maphash.Seed
	places  map[uint64]uint32 // block of each record, by the hash of its key
	holes   [pageBlocks + 1][]uint32
	pages   int
	scanned time.Time // when places and holes were read; zero before
	lost    int       // damaged parts that the last scan found
}

// open opens or makes the file. It does not read it. The error is that of
// osuser.OpenFile.
func open(name string) (*file, error) {
	f, err := osuser.OpenFile(name, os.O_RDWR|os.O_CREATE, Mode)
	if err != nil {
		return nil, err
	}
	return &file{f: f, writer: rand.Uint64(), seed: maphash.MakeSeed()}, nil
}

// update adds records to those of the same keys, and returns how many damaged parts the
// file had. The error is the first one; other records are updated nevertheless. The place
// of a record that could not be written stays free.
func (f *file) update(all map[key]*Client, now time.Time) (damaged int, err error) {
	if err := f.lock(); err != nil {
		return 0, err
	}
	defer func() { _ = unix.Flock(int(f.f.Fd()), unix.LOCK_UN) }() // Closing the file unlocks it too.
	if damaged, err = f.refresh(now); err != nil {
		return damaged, err
	}
	for k, c := range all {
		if failed := f.put(maphash.Comparable(f.seed, k), c, now); err == nil {
			err = failed
		}
	}
	return damaged, err
}

func (f *file) lock() error {
	for range lockTries {
		err := unix.Flock(int(f.f.Fd()), unix.LOCK_EX|unix.LOCK_NB)
		if err == nil {
			return nil
		}
		if !errors.Is(err, unix.EWOULDBLOCK) && !errors.Is(err, unix.EINTR) {
			return os.NewSyscallError("flock", err)
		}
		time.Sleep(lockWait)
	}
	return errLocked
}

// put adds a record to the one with the same key, or writes a new one.
func (f *file) put(hash uint64, c *Client, now time.Time) error {
	c.correct(now, now)
	at, known := f.places[hash]
	if known {
		old, err := f.read(at)
		if err != nil {
			return err
		}
		if old != nil && old.key() == c.key() {
			old.correct(now, c.Last)
			old.add(c)
			_, err := f.f.WriteAt(old.encode(), int64(at)*blockSize)
			return err
		}
	}
	b := c.encode()
	at, err := f.allocate(len(b) / blockSize)
	if err != nil {
		return err
	}
	if _, err := f.f.WriteAt(b, int64(at)*blockSize); err != nil {
		f.free(at, len(b)/blockSize)
		return fmt.Errorf("record of %s: %w", c.User, err)
	}
	f.places[hash] = at
	return nil
}

// read returns a record, nil if it is damaged.
func (f *file) read(at uint32) (*Client, error) {
	b := make([]byte, min(maxRecord, pageSize-int(at%pageBlocks)*blockSize))
	n, err := f.f.ReadAt(b, int64(at)*blockSize)
	if err != nil && !isEnd(err) {
		return nil, err
	}
	c, _, ok := decode(b[:n])
	if !ok {
		return nil, nil
	}
	return &c, nil
}
