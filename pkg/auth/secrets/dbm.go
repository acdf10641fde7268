package secrets

import (
	"errors"
	"io"
	"os"
	"slices"
	"syscall"
)

// ErrOldFormat is wrapped by the errors about a DBM file of TPOPS 0.8.
var ErrOldFormat = errors.New("a DBM file of TPOPS 0.8 or another program")

// dbmMagics are the first octets of database files, by where they stand:
// Berkeley DB before version 2 and GDBM at the start, later Berkeley DB after
// the log sequence number and the page number. Octet orders are both there.
var dbmMagics = []struct {
	offset int
	magic  string
}{
	{0, "\x00\x06\x15\x61"}, {0, "\x61\x15\x06\x00"}, // Berkeley DB 1.85, hash
	{0, "\x00\x05\x31\x62"}, {0, "\x62\x31\x05\x00"}, // Berkeley DB 1.85, btree
	{0, "\x13\x57\x9a"}, // GDBM, the fourth octet says which
	{0, "\xcd\x9a\x57\x13"}, {0, "\xce\x9a\x57\x13"}, {0, "\xcf\x9a\x57\x13"},
	{0, "\xd0\x9a\x57\x13"}, {0, "\xd1\x9a\x57\x13"},
	{12, "\x00\x06\x15\x61"}, {12, "\x61\x15\x06\x00"}, // Berkeley DB, hash
	{12, "\x00\x05\x31\x62"}, {12, "\x62\x31\x05\x00"}, // Berkeley DB, btree
}

// oldFormat returns the file that shows that name is that of an old DBM file,
// or "" if none does. DBM libraries are given a name and add a suffix of their
// own, so name itself need not be there.
func oldFormat(name string) string {
	if hasDBMMagic(name) {
		return name
	}
	if exists(name) {
		return ""
	}
	suffixes := []string{".pag", ".dir", ".db"}
	i := slices.IndexFunc(suffixes, func(suffix string) bool { return exists(name + suffix) })
	if i < 0 {
		return ""
	}
	return name + suffixes[i]
}

func hasDBMMagic(name string) bool {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return false
	}
	defer file.Close()
	start := make([]byte, 16)
	n, _ := io.ReadFull(file, start)
	for _, m := range dbmMagics {
		end := m.offset + len(m.magic)
		if end <= n && string(start[m.offset:end]) == m.magic {
			return true
		}
	}
	return false
}
