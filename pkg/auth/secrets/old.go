package secrets

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"
)

// ErrUnknown is wrapped by the errors for text that ReadOld cannot read.
var ErrUnknown = errors.New("neither a list nor the output of gdbm_dump or db_dump")

// Old is the result of ReadOld.
type Old struct {
	File    string  // path, or - for standard input
	Format  string  // for the operator
	Entries []Entry // all are Valid; sorted by login, each login once
	Cut     int     // number of Entries from which a NUL at the end was removed, as C programs write it
	LeftOut []error // one error for each omitted entry, without its password
}

// maxOld is the maximum size of a list or dump, in octets.
const maxOld = 256 << 20

// ReadOld reads the passwords of TPOPS 0.8 as text. The text is a list of
// `id<TAB>password`, as the old tpops_passwd -l printed it, or the output of gdbm_dump
// or of db_dump of Berkeley DB. If name is -, it reads stdin.
//
// A damaged dump returns an error that wraps ErrUnknown, and no entries. The error for a
// database file wraps ErrOldFormat and has the command that dumps it. Any other error is
// that of the system.
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
