package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrUnknown is wrapped by the errors about text that ReadOld cannot read.
var ErrUnknown = errors.New("neither a list nor the output of gdbm_dump or db_dump")

// Old is what ReadOld found, except for the passwords that it left out.
type Old struct {
	File    string  // that was read, or - for standard input
	Format  string  // what it is, in words
	Entries []Entry // all are Valid; sorted by login, none twice
	Cut     int     // of them, how many had a NUL at the end, as C programs write it, which was removed
	LeftOut []error // for each other entry, which it is and why; without its password
}

// maxOld bounds a list or dump, in octets.
const maxOld = 256 << 20

// ReadOld reads the passwords that TPOPS 0.8 kept, as text: a list of
// `id<TAB>password`, as the old tpops_passwd -l printed it, or the output of
// gdbm_dump or of db_dump of Berkeley DB. With - for name it reads stdin.
//
// Nothing of a damaged dump is returned: the error then wraps ErrUnknown. For a
// database file it wraps ErrOldFormat and names the command that dumps it. Other
// errors are the system's.
func ReadOld(name string, stdin io.Reader) (*Old, error) {
	if name == "-" {
		return readText("-", stdin)
	}
	if database, dumper := oldFile(name); database != "" {
		return nil, oldError(database, dumper)
	}
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	if info, err := file.Stat(); err != nil || !info.Mode().IsRegular() {
		return nil, errors.Join(err, fmt.Errorf("%s is not a regular file", name))
	}
	old, err := readText(name, file)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return old, nil
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
	case bytes.HasPrefix(content, []byte(gdbmDumpStart)):
		return readGDBMDump(name, string(content))
	case bytes.HasPrefix(content, []byte(dumpStart)):
		return readDump(name, content)
	case bytes.IndexByte(content, 0) >= 0:
		return nil, ErrUnknown
	}
	return readOldList(name, content), nil
}
