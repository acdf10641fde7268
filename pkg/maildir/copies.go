package maildir

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// maxCompared is how many octets of copies are read in one QUIT. Files of a
// user may be sparse, and larger than any disk.
const maxCompared = 1 << 30

// errTooLarge is why a message stays whose copies were not compared.
var errTooLarge = errors.New("its copies are too large to compare: QUIT compares 1 GiB; delete it again in another session")

// copies knows the contents of the messages that have copies and are being
// removed, by their indexes.
type copies struct {
	sums map[int][sha256.Size]byte
	read int64 // octets read so far
	last asked // answered by has
	has  bool
}

// asked is a message of a view that knows what a later look has found.
type asked struct {
	message int
	now     *latest
	is      bool // false at first
}

// hasCopies is view.hasCopies, which is asked once for all files of a message.
func (r *removal) hasCopies(i int) bool {
	if ask := (asked{i, r.view.now, true}); ask != r.last {
		r.last, r.has = ask, r.view.hasCopies(i)
	}
	return r.has
}

// isCopy reports whether the file at a place has the content of message i, byte
// by byte: that of the first file of it that was asked for. The login compared
// less, and the file may have been changed since.
func (r *removal) isCopy(i int, at place, id identity) (bool, error) {
	if r.isRemoved(i, id) {
		return true, nil // another name of a file that was compared
	}
	sum, err := r.sum(at)
	if err != nil {
		return false, err
	}
	if first, known := r.sums[i]; known {
		return sum == first, nil
	}
	if r.sums == nil {
		r.sums = map[int][sha256.Size]byte{}
	}
	r.sums[i] = sum
	return true, nil
}

// sum reads the file at a place.
func (c *copies) sum(at place) (sum [sha256.Size]byte, err error) {
	fd, stat, err := openRegular(at.dir(), at.name, unix.O_RDONLY)
	if err != nil {
		return sum, err
	}
	file := os.NewFile(uintptr(fd), at.name)
	defer file.Close()
	if stat.Size > maxCompared-c.read {
		return sum, errTooLarge
	}
	c.read += stat.Size
	hash := sha256.New()
	if _, err := io.CopyN(hash, file, stat.Size); err != nil {
		return sum, fmt.Errorf("read %q: %w", at.name, err)
	}
	return [sha256.Size]byte(hash.Sum(nil)), nil
}

// hasCopies reports whether message i may be several files, not counting other
// names of one.
func (v *view) hasCopies(i int) bool {
	t, files, _ := v.members(i)
	ids := t.identities(files)
	return slices.ContainsFunc(ids, func(id identity) bool { return !id.isFile(ids[0]) })
}
