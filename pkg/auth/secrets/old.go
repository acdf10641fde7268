package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"strings"
	"syscall"

	"tpops/pkg/auth/gdbm"
)

// ErrChanging means that a program was writing the file while it was read.
var ErrChanging = errors.New("a program is writing it")

// ErrUnknown is wrapped by the errors about a file that ReadOld cannot read.
var ErrUnknown = errors.New("neither a GDBM file nor a list nor what db_dump writes")

// Old is what ReadOld found, except for the passwords that it left out.
type Old struct {
	File    string  // that was read, or - for standard input
	Format  string  // what it is, in words
	Entries []Entry // all are Valid; sorted by login, none twice
	Cut     int     // of them, how many had a NUL at the end, which C programs write, and which was taken off
	LeftOut []error // for each other entry, which it is and why; without its password
}

// maxOld bounds a list or dump, in octets.
const maxOld = 256 << 20

// ReadOld reads the passwords that TPOPS 0.8 kept: a GDBM file, by its own name
// or by the one that the DBM library was given; a list of `id<TAB>password`, as
// the old tpops_passwd -l printed it; or what db_dump of Berkeley DB writes.
// With - for name it reads one of the latter two from stdin.
//
// Nothing of a damaged file is returned. The error then wraps gdbm.ErrDamaged or
// ErrUnknown; ErrOldFormat tells of Berkeley DB's own files, which are not read,
// and ErrChanging may be gone the next time. Other errors are the system's.
func ReadOld(name string, stdin io.Reader) (*Old, error) {
	if name == "-" {
		return readText("-", stdin)
	}
	file, err := openOld(name)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	old, err := readUnchanged(file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file.Name(), err)
	}
	return old, nil
}

// openOld opens the file that holds the records of name: of the two that the
// emulation of ndbm makes, NAME.dir is empty of them, unless it is the same
// file under two names.
func openOld(name string) (*os.File, error) {
	base := strings.TrimSuffix(name, ".dir")
	var first error
	for _, candidate := range []string{name, base + ".pag", base + ".db"} {
		file, err := os.OpenFile(candidate, os.O_RDONLY|syscall.O_NONBLOCK, 0)
		if err == nil && candidate == name && base != name && !hasDBMMagic(name) {
			file.Close()
			continue
		}
		if err == nil {
			return file, nil
		}
		if first == nil {
			first = err
		}
		if !errors.Is(err, fs.ErrNotExist) {
			return nil, err
		}
	}
	return nil, first
}

// readUnchanged reads a file that nobody writes meanwhile. GDBM's own lock says
// so, and the times of the file say it of programs without that lock.
func readUnchanged(file *os.File) (*Old, error) {
	before, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if !before.Mode().IsRegular() {
		return nil, errors.New("not a regular file")
	}
	if err := syscall.Flock(int(file.Fd()), syscall.LOCK_SH|syscall.LOCK_NB); errors.Is(err, syscall.EWOULDBLOCK) {
		return nil, ErrChanging
	}
	old, err := readFormat(file, before.Size())
	if after, statErr := file.Stat(); statErr == nil && (after.Size() != before.Size() || !after.ModTime().Equal(before.ModTime())) {
		return nil, ErrChanging
	}
	return old, err
}

// readFormat looks which format the file has.
func readFormat(file *os.File, size int64) (*Old, error) {
	start := make([]byte, gdbm.MagicSize)
	n, err := file.ReadAt(start, 0)
	switch {
	case err != nil && err != io.EOF:
		return nil, err
	case gdbm.IsMagic(start[:n]):
		return readGDBM(file, size)
	case hasDBMMagic(file.Name()):
		return nil, fmt.Errorf("%w, made by Berkeley DB: convert it with "+
			"`db5.3_dump -p %s | tpopsctl import-passwd - NEW`, or with `tpops_passwd -l` of TPOPS 0.8 for a list", ErrOldFormat, file.Name())
	}
	return readText(file.Name(), file)
}

func readGDBM(file *os.File, size int64) (*Old, error) {
	s := newSorter(file.Name(), "GDBM file")
	err := gdbm.Each(file, size, func(key, value []byte) {
		s.add(nameID(string(key)), string(key), string(value))
	})
	if err != nil {
		return nil, err
	}
	return s.old(), nil
}

// readText reads a dump or a list.
func readText(name string, r io.Reader) (*Old, error) {
	content, err := io.ReadAll(io.LimitReader(r, maxOld+1))
	if err != nil {
		return nil, err
	}
	switch {
	case len(content) > maxOld:
		return nil, fmt.Errorf("%w: more than %d octets", ErrUnknown, maxOld)
	case bytes.HasPrefix(content, []byte(dumpStart)):
		return readDump(name, content)
	case bytes.IndexByte(content, 0) >= 0:
		return nil, ErrUnknown
	}
	return readOldList(name, content), nil
}
