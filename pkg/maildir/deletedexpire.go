package maildir

import (
	"context"
	"errors"
	"fmt"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// How much is done at once. The owner of a Maildir may put any number of files there.
const (
	batchesAtQuit = 1 << 14 // batches of any age whose names a QUIT reads
	expiredAtQuit = 1000    // old batches and files in them that a QUIT removes
	expiredAtOnce = 1 << 16 // those that an operator's tool removes before it asks whether to go on
	maxHidden     = 1 << 20 // entries that an operator's tool looks at
)

// errMore means that there are more entries than may be looked at.
var errMore = errors.New("there are more entries than are looked at in one run: run it again")

// ExpireDeleted removes the messages that keep-deleted has kept in the Maildir dir since
// a time before until, with the rights of owner, and returns how many files these were.
// roots are the directories in which Maildirs may be, as in Options. A Maildir that is
// missing, or has kept none, is no error.
func ExpireDeleted(ctx context.Context, owner *osuser.Owner, dir string, roots []string, until time.Time) (files int, err error) {
	err = owner.Do(func() error {
		fd, err := openPath(owner, dir, roots)
		if err != nil {
			return err
		}
		defer unix.Close(fd)
		for again := true; again; {
			var some int
			old := expiry{until: until, batches: maxHidden, limit: expiredAtOnce, puts: true}
			some, err = old.run(fd)
			files += some
			again = errors.Is(err, errMore) && some > 0 && ctx.Err() == nil
		}
		return errors.Join(err, ctx.Err())
	})
	if errors.Is(err, ErrNoMaildir) || errors.Is(err, unix.ENOENT) {
		return files, nil
	}
	if err != nil {
		return files, fmt.Errorf("%s: %w", dir, err)
	}
	return files, nil
}

// openPath opens the Maildir at an absolute path.
func openPath(owner *osuser.Owner, dir string, roots []string) (int, error) {
	if !filepath.IsAbs(dir) {
		return -1, fmt.Errorf("not an absolute path: %w", pop3.ErrPermanent)
	}
	find := finder{owner, roots}
	return find.open(filepath.Clean(dir))
}

// expiry removes batches.
type expiry struct {
	until   time.Time // those that are older
	batches int       // names that are read, since young batches may be in the way of old ones
	limit   int       // batches and files that are removed
	puts    bool      // A batch that cannot be removed gets another name, so that it is reported once.
}

// run removes the batches in an open Maildir. It returns how many files it has removed.
func (e *expiry) run(maildir int) (files int, err error) {
	all, err := openHidden(maildir, DeletedDir)
	if err != nil {
		return 0, err
	}
	defer unix.Close(all)
	names, err := entryNames(all, &e.batches)
	for _, name := range names {
		if at, _, ok := parseBatch(name); !ok || !at.Before(e.until) {
			continue
		}
		if e.limit <= 0 {
			return files, errors.Join(err, errMore)
		}
		e.limit--
		some, failed := expireBatch(all, name, &e.limit)
		files += some
		if errors.Is(failed, errOddBatch) && e.puts {
			failed = putOdd(all, name)
		}
		if !isNone(failed) {
			err = errors.Join(err, failed)
		}
	}
	return files, err
}

// entryNames returns the names in an open directory, up to a limit, from which it takes
// their number. The error may be errMore, with some of the names.
func entryNames(dir int, limit *int) (names []string, err error) {
	if _, err := unix.Seek(dir, 0, unix.SEEK_SET); err != nil {
		return nil, err
	}
	err = readDir(dir, make([]byte, 8192), func() error { return nil }, func(entry dirent) error {
		name := string(entry.name)
		if name == "." || name == ".." {
			return nil
		}
		if *limit <= 0 {
			return errMore
		}
		*limit--
		names = append(names, name)
		return nil
	})
	return names, err
}

// expireBatch removes a batch, as far as the limit of entries goes.
func expireBatch(all int, name string, limit *int) (files int, err error) {
	dir, err := openHidden(all, name)
	if err != nil {
		return 0, err
	}
	defer unix.Close(dir)
	isOdd := false
	for _, sub := range batchSubs {
		some, odd, failed := expireSub(dir, sub, limit)
		files, isOdd, err = files+some, isOdd || odd, errors.Join(err, failed)
	}
	switch {
	case err != nil:
		return files, err // Files are left, so that it keeps its name.
	case isOdd:
		return files, errOddBatch
	}
	return files, removeBatch(all, dir, name)
}

// expireSub removes the files in a directory of a batch. odd is set if it has directories.
func expireSub(batch int, sub string, limit *int) (files int, odd bool, err error) {
	fd, err := openHidden(batch, sub)
	if isNone(err) {
		return 0, false, nil
	}
	if err != nil {
		return 0, false, err
	}
	defer unix.Close(fd)
	names, err := entryNames(fd, limit)
	for _, name := range names {
		gone := unix.Unlinkat(fd, name, 0)
		switch {
		case gone == nil:
			files++
		case errors.Is(gone, unix.EISDIR):
			odd = true
		case !errors.Is(gone, unix.ENOENT):
			err = errors.Join(err, fmt.Errorf("remove %q: %w", name, gone))
		}
	}
	return files, odd, err
}

// removeBatch removes a batch that has no files any more, with its record. One that has
// files stays, and one to which a QUIT still moves files: without maildir-lock it may be at
// work at the same time.
func removeBatch(all, batch int, name string) error {
	if err := flock(batch, unix.LOCK_EX|unix.LOCK_NB); errors.Is(err, errBusy) {
		return fmt.Errorf("remove %q: %w", name, err)
	}
	for _, sub := range batchSubs {
		if err := unix.Unlinkat(batch, sub, unix.AT_REMOVEDIR); err != nil && !errors.Is(err, unix.ENOENT) {
			return notRemoved(name, err)
		}
	}
	_ = unix.Unlinkat(batch, recordName, 0)
	if err := unix.Unlinkat(all, name, unix.AT_REMOVEDIR); err != nil && !errors.Is(err, unix.ENOENT) {
		return notRemoved(name, err)
	}
	return nil
}
