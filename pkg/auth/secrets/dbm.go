package secrets

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"syscall"
)

// ErrOldFormat is wrapped by the errors for a DBM file of TPOPS 0.8.
var ErrOldFormat = errors.New("a DBM file of TPOPS 0.8 or another program")

// The commands that dump a DBM file as text.
const (
	gdbmDumper     = "gdbm_dump"
	berkeleyDumper = "db5.3_dump -p"
)

// dbmMagics lists the first octets of database files, their offset, and the command that
// dumps the file. GDBM and Berkeley DB before version 2 have them at the start, later
// versions of Berkeley DB after the log sequence number and the page number. Both octet
// orders are listed.
var dbmMagics = []dbmMagic{
	{0, "\x00\x06\x15\x61", berkeleyDumper}, {0, "\x61\x15\x06\x00", berkeleyDumper}, // 1.85, hash
	{0, "\x00\x05\x31\x62", berkeleyDumper}, {0, "\x62\x31\x05\x00", berkeleyDumper}, // 1.85, btree
	{0, "\x13\x57\x9a", gdbmDumper}, // the fourth octet is the version
	{0, "\xcd\x9a\x57\x13", gdbmDumper}, {0, "\xce\x9a\x57\x13", gdbmDumper}, {0, "\xcf\x9a\x57\x13", gdbmDumper},
	{0, "\xd0\x9a\x57\x13", gdbmDumper}, {0, "\xd1\x9a\x57\x13", gdbmDumper},
	{12, "\x00\x06\x15\x61", berkeleyDumper}, {12, "\x61\x15\x06\x00", berkeleyDumper}, // hash
	{12, "\x00\x05\x31\x62", berkeleyDumper}, {12, "\x62\x31\x05\x00", berkeleyDumper}, // btree
}

// dbmMagic identifies a type of database file.
type dbmMagic struct {
	offset        int // in octets
	magic, dumper string
}

// oldFile returns the DBM file that name stands for and the command that dumps it, or ""
// if it is not a DBM file. DBM libraries add a suffix to a name, so name itself may be
// missing. Of the two files that GDBM writes in the format of ndbm, the one with the
// suffix .pag has the records.
func oldFile(name string) (file, dumper string) {
	if dumper := dumperOf(name); dumper != "" {
		return name, dumper
	}
	base := strings.TrimSuffix(name, ".dir")
	if exists(name) && base == name {
		return "", ""
	}
	for _, c := range []struct{ suffix, dumper string }{{".pag", gdbmDumper}, {".dir", gdbmDumper}, {".db", berkeleyDumper}} {
		if exists(base + c.suffix) {
			return base + c.suffix, c.dumper
		}
	}
	return "", ""
}

// oldError returns the error for a DBM file, with the command that converts it.
func oldError(file, dumper string) error {
	return fmt.Errorf("%s: %w: convert it with `%s %s | tpopsctl import-passwd - NEW`", file, ErrOldFormat, dumper, file)
}

// dumperOf returns the command that dumps a file, or "" for a file that is not a
// database.
func dumperOf(name string) string {
	file, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NONBLOCK, 0)
	if err != nil {
		return ""
	}
	defer file.Close()
	start := make([]byte, 16)
	n, _ := io.ReadFull(file, start)
	for _, m := range dbmMagics {
		if m.offset+len(m.magic) <= n && string(start[m.offset:m.offset+len(m.magic)]) == m.magic {
			return m.dumper
		}
	}
	return ""
}
