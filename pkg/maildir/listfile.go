package maildir

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/uidlist"
)

// listFile is the list of another server in a Maildir.
type listFile struct {
	*store
	name string
}

// listState is a list at one moment. The zero value is one that is not there.
type listState struct{ stat unix.Stat_t }

func (l listState) exists() bool { return l.stat.Ino != 0 }

// same reports whether the list was neither replaced nor written to.
func (l listState) same(later listState) bool {
	a, b := l.stat, later.stat
	return a.Dev == b.Dev && a.Ino == b.Ino && a.Size == b.Size && a.Mtim == b.Mtim && a.Ctim == b.Ctim
}

// errListWritten means that a list was written while it was used. The other
// server only appends to it or replaces it, and under a lock neither.
var errListWritten = errors.New("another program is writing it")

// read calls parse with the content of the list, and returns what it was before.
// If there is none, parse is not called.
func (l listFile) read(ctx context.Context, parse func(io.Reader) error) (listState, error) {
	fd, stat, err := openRegular(l.dir, l.name, unix.O_RDONLY)
	if errors.Is(err, unix.ENOENT) && err != errNoFile {
		return listState{}, nil
	}
	if err != nil {
		return listState{}, fmt.Errorf("%s: %w", l.name, err)
	}
	file := os.NewFile(uintptr(fd), l.name)
	defer file.Close()
	if err := checkListSize(stat); err != nil {
		return listState{}, &uidlist.DamageError{Path: l.name, Reason: err.Error()}
	}
	if err := parse(contextReader{ctx, file}); err != nil {
		return listState{}, err
	}
	return listState{stat}, nil
}

// checkListSize returns an error for a file that is too large for a list, so that it is
// not read.
func checkListSize(stat unix.Stat_t) error {
	if stat.Size > uidlist.MaxOctets {
		return fmt.Errorf("the file is larger than %d octets", uidlist.MaxOctets)
	}
	return nil
}

// state returns what the list is now.
func (l listFile) state() (listState, error) {
	stat, err := statAt(l.dir, l.name)
	if errors.Is(err, unix.ENOENT) {
		return listState{}, nil
	}
	return listState{stat}, err
}

// unchanged returns errListWritten if the list is not what it was.
func (l listFile) unchanged(was listState) error {
	now, err := l.state()
	if err == nil && !was.same(now) {
		err = fmt.Errorf("%s: %w", l.name, errListWritten)
	}
	return err
}

// append appends text to the list that was read. If that fails half-way, the list
// is cut to what it was, so that the next program that appends begins a line.
func (l listFile) append(was listState, text []byte) error {
	fd, stat, err := openRegular(l.dir, l.name, unix.O_WRONLY|unix.O_APPEND)
	if err != nil {
		return fmt.Errorf("%s: %w", l.name, err)
	}
	file := os.NewFile(uintptr(fd), l.name)
	defer file.Close()
	if !was.same(listState{stat}) {
		return fmt.Errorf("%s: %w", l.name, errListWritten)
	}
	_, err = file.Write(text)
	if err == nil {
		err = unix.Fdatasync(fd)
	}
	if err != nil {
		err = errors.Join(err, file.Truncate(stat.Size))
		return fmt.Errorf("%s: %w", l.name, err)
	}
	return nil
}

// replace writes the list under another name, as Dovecot does under its lock, and
// renames it. The list gets the owner and the mode that it had, or those that the
// other server would give to a new one. If that is not possible, nothing is done.
func (l listFile) replace(was listState, text []byte) error {
	return l.replaceFrom(l.dir, l.name+".tmp", unix.O_TRUNC, was, text)
}

// replaceFromTmp does so from a file in the directory tmp that no other session
// has, as Courier does.
func (l listFile) replaceFromTmp(was listState, text []byte) error {
	tmp, err := openDir(l.dir, "tmp", unix.O_PATH)
	if err != nil {
		return err
	}
	defer unix.Close(tmp)
	return l.replaceFrom(tmp, tmpName(l.name), unix.O_EXCL, was, text)
}

// replaceFrom writes the list under the name temp in the directory at, and renames
// it. It is opened with a flag more.
func (l listFile) replaceFrom(at int, temp string, flag int, was listState, text []byte) error {
	fd, err := openAt(at, temp, unix.O_WRONLY|unix.O_CREAT|unix.O_NONBLOCK|unix.O_NOCTTY|flag, 0o600)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), temp)
	defer file.Close()
	err = l.finish(file, was, text)
	if err == nil {
		err = retry(func() error { return unix.Renameat(at, temp, l.dir, l.name) })
	}
	if err != nil {
		_ = unix.Unlinkat(at, temp, 0)
		return fmt.Errorf("%s: %w", l.name, err)
	}
	if err := retry(func() error { return unix.Fsync(l.dir) }); err != nil {
		return fmt.Errorf("sync the Maildir: %w", err)
	}
	return nil
}

// finish fills the file that will be the list.
func (l listFile) finish(file *os.File, was listState, text []byte) error {
	fd := int(file.Fd())
	var stat unix.Stat_t
	if err := unix.Fstat(fd, &stat); err != nil {
		return err
	}
	if !isRegular(stat) || stat.Nlink != 1 {
		return errNoFile
	}
	if err := l.giveRights(fd, stat, was); err != nil {
		return err
	}
	if _, err := file.Write(text); err != nil {
		return err
	}
	if err := file.Sync(); err != nil {
		return err
	}
	return l.unchanged(was)
}

// giveRights gives an open file with the status stat the owner and the mode of the
// list, or those that the other server would give to a new one.
func (l listFile) giveRights(fd int, stat unix.Stat_t, was listState) error {
	like := was.stat
	mode := like.Mode & 0o777
	if !was.exists() {
		if err := unix.Fstat(l.dir, &like); err != nil {
			return err
		}
		mode = like.Mode & 0o666
	}
	if stat.Uid != like.Uid || stat.Gid != like.Gid {
		if err := unix.Fchown(fd, int(like.Uid), int(like.Gid)); err != nil {
			return err
		}
	}
	return unix.Fchmod(fd, mode)
}

// movedName returns the name that another server sees: Dovecot and Courier move
// messages from new to cur before they list them.
func (t *table) movedName(f file) string {
	name := t.name(f)
	if f.sub == inNew && f.unique == f.length {
		return name + ":2,"
	}
	return name
}
