package maildir

import (
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// errOddBatch means that a batch has a directory, or something else that keep-deleted has
// not made.
var errOddBatch = errors.New("it has something that keep-deleted has not put there, which is not removed")

// oddPrefix begins the names of batches that are not removed.
const oddPrefix = "odd."

// putOdd gives such a batch a name with which it is no batch. The error is for the
// operator.
func putOdd(all int, name string) error {
	if err := retry(func() error {
		return unix.Renameat2(all, name, all, oddPrefix+name, unix.RENAME_NOREPLACE)
	}); err != nil {
		return fmt.Errorf("%s/%s: %w", DeletedDir, name, errOddBatch)
	}
	return fmt.Errorf("%s/%s: %w: it is now %s/%s and is not looked at again", DeletedDir, name, errOddBatch, DeletedDir, oddPrefix+name)
}

// notRemoved returns the error of a batch that has something else than its files.
func notRemoved(name string, err error) error {
	if errors.Is(err, unix.ENOTEMPTY) || errors.Is(err, unix.ENOTDIR) {
		return errOddBatch
	}
	return fmt.Errorf("remove %q: %w", name, err)
}
