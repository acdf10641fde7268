package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strconv"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
)

// uidlNewName is the name of a tpops_uidl while it is written.
const uidlNewName = uidlFile + ".new"

// OwnerOf returns the user that a Maildir belongs to, nil if that is the user of
// the process. It opens nothing on the way that Open would not. An error wraps
// ErrNoMaildir if the Maildir alone is missing.
func OwnerOf(dir string) (*osuser.Owner, error) {
	if !filepath.IsAbs(dir) {
		return nil, fmt.Errorf("%s: not an absolute path", dir)
	}
	r, err := resolve(filepath.Clean(dir))
	defer r.close()
	if r.isOwnMissing(err) {
		return nil, fmt.Errorf("%s: %w", dir, ErrNoMaildir)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(r.fd, &stat) }); err != nil {
		return nil, fmt.Errorf("%s: %w", dir, err)
	}
	if int(stat.Uid) == unix.Geteuid() {
		return nil, nil
	}
	return osuser.Lookup(strconv.Itoa(int(stat.Uid)), strconv.Itoa(int(stat.Gid)))
}

// errIrregular is the error for a name that has something else than a regular file: it is
// not os.ErrNotExist, because the other server may have followed a symbolic link.
var errIrregular = errors.New("not a regular file")

// File opens a file that lies beside new and cur; the caller closes it. The error is or
// wraps os.ErrNotExist only if the name is not there.
func (s *Survey) File(name string) (io.ReadCloser, error) { return s.file(s.m.dir, name) }

// FileIn opens a file in another directory, an absolute path; the caller closes it.
// Errors are as those of File.
func (s *Survey) FileIn(dir, name string) (io.ReadCloser, error) {
	var file io.ReadCloser
	err := s.m.owner.Do(func() error {
		find := finder{s.m.owner, s.m.reader.options.Roots}
		fd, err := find.open(filepath.Clean(dir))
		if err == ErrNoMaildir {
			return fmt.Errorf("%s: %w", dir, os.ErrNotExist)
		}
		if err != nil {
			return fmt.Errorf("%s: %w", dir, err)
		}
		defer unix.Close(fd)
		file, err = s.file(fd, name)
		return err
	})
	return file, err
}

func (s *Survey) file(dir int, name string) (file io.ReadCloser, err error) {
	err = s.m.owner.Do(func() error {
		fd, stat, err := openRegular(dir, name, unix.O_RDONLY)
		if err == errNoFile {
			return errIrregular
		}
		if err != nil {
			return err
		}
		if err = checkListSize(stat); err != nil {
			return errors.Join(err, unix.Close(fd))
		}
		file = os.NewFile(uintptr(fd), name)
		return nil
	})
	return file, err
}

// Preview is a message as a tpops_uidl would show it.
type Preview struct{ Unique, UIDL string }

// Preview returns the messages as they are listed with that text of a tpops_uidl.
// The error is that a login would refuse the text, or that a line is of no use.
func (s *Survey) Preview(text string) ([]Preview, error) {
	if len(text) > maxUIDLFile {
		return nil, fmt.Errorf("%s would have more than %d octets", uidlFile, maxUIDLFile)
	}
	given, unused, err := parseUIDLs(text, maxUIDLLines)
	if err == nil && unused > 0 {
		err = fmt.Errorf("%s would have %d lines of no use", uidlFile, unused)
	}
	if err != nil {
		return nil, err
	}
	t := s.m.snap.table
	snap := newSnapshot(t, assignUIDLs(t, given), given.order(t))
	all := make([]Preview, 0, snap.Len())
	for n := range snap.Len() {
		i := snap.index(n + 1)
		all = append(all, Preview{t.unique(t.files[i]), snap.uidls.of(t, i)})
	}
	return all, nil
}

// Write makes text the tpops_uidl: all of it or, after an error, nothing. It is on
// the disk when Write returns. The file belongs to the owner of the Maildir. The
// UIDLs in it are accepted: no login is refused because they were others before.
func (s *Survey) Write(ctx context.Context, text string) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	given, _, err := parseUIDLs(text, maxUIDLLines)
	if err == nil {
		err = s.m.owner.Do(func() error { return s.put(text, given) })
	}
	if err != nil {
		return fmt.Errorf("%s: %w", filepath.Join(s.m.path, uidlFile), err)
	}
	return nil
}

// put writes text, and notes the UIDLs that it gives. If these cannot be noted,
// nothing is known of what was served, and the next login notes it.
func (s *Survey) put(text string, given *givenUIDLs) error {
	if err := s.replace(text); err != nil {
		return err
	}
	known, damage := readServed(s.m.dir)
	if s.m.reader.note(known, given.number(s.m.snap.table), damage != nil) != nil {
		_ = unix.Unlinkat(s.m.dir, servedName, 0)
	}
	return nil
}

func (s *Survey) replace(text string) error {
	// What an import that was killed has left. No other one is at work: this has the lock.
	if err := unix.Unlinkat(s.m.dir, uidlNewName, 0); err != nil && !errors.Is(err, unix.ENOENT) {
		return fmt.Errorf("remove %s: %w", uidlNewName, err)
	}
	fd, err := openAt(s.m.dir, uidlNewName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), uidlNewName)
	_, err = file.WriteString(text)
	if err == nil {
		err = file.Sync()
	}
	err = errors.Join(err, file.Close())
	if err == nil {
		err = unix.Renameat(s.m.dir, uidlNewName, s.m.dir, uidlFile)
	}
	if err != nil {
		_ = unix.Unlinkat(s.m.dir, uidlNewName, 0)
		return err
	}
	return unix.Fsync(s.m.dir)
}
