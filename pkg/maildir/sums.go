package maildir

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"
)

// edge is how many octets of the beginning, and of the end, of a file are read
// to compare it: a login must not read gigabytes of large copies. Messages that
// differ do so in their header or in their size. Copies are compared as a whole
// before they are removed, see removal.isCopy.
const edge = 16 << 10

// sumCache keeps the digests of the contents of files that share their unique
// name, so that a session reads each of them once.
type sumCache map[sumKey]digest

// sumKey is what changes if the content of a file does.
type sumKey struct {
	dev, ino, octets uint64
	mtime, ctime     unix.Timespec
}

// of returns a digest of the content of the file at a place, of which stat was
// asked. Files that cannot be read count as different from all others.
func (c *sumCache) of(ctx context.Context, at place, stat unix.Stat_t) (digest, error) {
	key := sumKey{uint64(stat.Dev), stat.Ino, uint64(stat.Size), stat.Mtim, stat.Ctim}
	if sum, known := (*c)[key]; known {
		return sum, nil
	}
	id := identityOf(stat)
	sum, err := contentSum(ctx, at)
	if isPassing(err) || errors.Is(err, unix.ENOENT) {
		return digest{}, err
	}
	if err != nil {
		return digestOf(fmt.Appendf(nil, "\x00unreadable %d %d %d", id.octets, id.mtime, id.ino)), nil
	}
	if *c == nil {
		*c = sumCache{}
	}
	(*c)[key] = sum
	return sum, nil
}

// contentSum returns a digest of the file at a place: of a large one, of its
// beginning, end and size.
func contentSum(ctx context.Context, at place) (digest, error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return digest{}, err
	}
	file := os.NewFile(uintptr(fd), at.name)
	defer file.Close()
	hash := sha256.New()
	head := min(stat.Size, edge)
	for _, start := range []int64{0, max(head, stat.Size-edge)} {
		length := min(edge, stat.Size-start)
		if _, err := io.CopyN(hash, contextReader{ctx, io.NewSectionReader(file, start, length)}, length); err != nil {
			return digest{}, err
		}
	}
	if stat.Size > 2*edge {
		_, _ = fmt.Fprint(hash, stat.Size) // A hash takes all.
	}
	return digest(hash.Sum(nil)[:len(digest{})]), nil
}

// digestOf returns the digest of a text.
func digestOf(text []byte) digest {
	full := sha256.Sum256(text)
	return digest(full[:])
}
