package maildir

import (
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"os"
	"time"

	"golang.org/x/sys/unix"
)

// The file in the Maildir that contains the sketch, and its name while it is
// written.
const (
	servedName    = "tpops_served"
	servedNewName = "tpops_served.new"
)

// tpops_served is a head and two lists in ascending order. All numbers are
// little-endian.
//
//	head  0  8 octets  "TPOPSsrv"
//	      8  uint32    version, which is that of the built-in rule too
//	     12  uint32    number of messages in served.given
//	     16  uint32    number of messages in served.byRule
//	     20  uint32    checksum (CRC-32C) of all else
//	given    2 uint64  of each message: hash of the unique name, hash of the UIDL
//	byRule   uint64    of each message: hash of the unique name
const (
	servedMagic   = "TPOPSsrv"
	servedVersion = 1
	servedHead    = 24
	maxServed     = servedHead + sketchSize*(16+8)
)

// errServed means that the file is not one that this version has written. Then
// nothing is known.
var errServed = errors.New("malformed")

// encode returns the content of the file.
func (s *served) encode() []byte {
	order := binary.LittleEndian
	buf := append(make([]byte, 0, maxServed), servedMagic...)
	for _, n := range [...]int{servedVersion, len(s.given), len(s.byRule), 0} {
		buf = order.AppendUint32(buf, uint32(n))
	}
	for _, m := range s.given {
		buf = order.AppendUint64(order.AppendUint64(buf, m.name), m.uidl)
	}
	for _, name := range s.byRule {
		buf = order.AppendUint64(buf, name)
	}
	order.PutUint32(buf[20:], servedSum(buf))
	return buf
}

func servedSum(buf []byte) uint32 {
	castagnoli := crc32.MakeTable(crc32.Castagnoli)
	return crc32.Update(crc32.Update(0, castagnoli, buf[:20]), castagnoli, buf[servedHead:])
}

// parseServed reads the content of the file.
func parseServed(buf []byte) (*served, error) {
	order := binary.LittleEndian
	if !isSealed(buf) {
		return nil, errServed
	}
	given, byRule := order.Uint32(buf[12:]), order.Uint32(buf[16:])
	if max(given, byRule) > sketchSize || len(buf) != servedHead+16*int(given)+8*int(byRule) {
		return nil, errServed
	}
	s := &served{given: make([]servedUIDL, given), byRule: make([]uint64, byRule)}
	at := buf[servedHead:]
	for k := range s.given {
		s.given[k] = servedUIDL{order.Uint64(at), order.Uint64(at[8:])}
		at = at[16:]
	}
	for k := range s.byRule {
		s.byRule[k] = order.Uint64(at)
		at = at[8:]
	}
	if !s.isOrdered() {
		return nil, errServed
	}
	return s, nil
}

// isSealed reports whether a file has a head and its checksum.
func isSealed(buf []byte) bool {
	order := binary.LittleEndian
	return len(buf) >= servedHead && string(buf[:8]) == servedMagic &&
		order.Uint32(buf[8:]) == servedVersion && order.Uint32(buf[20:]) == servedSum(buf)
}

// isOrdered reports whether the lists are as servedOf makes them.
func (s *served) isOrdered() bool {
	for k := range s.given {
		if k > 0 && s.given[k-1].name >= s.given[k].name {
			return false
		}
	}
	for k := range s.byRule {
		if k > 0 && s.byRule[k-1] >= s.byRule[k] {
			return false
		}
	}
	return true
}

// readServed reads the file in the Maildir dir, nil if there is none.
func readServed(dir int) (*served, error) {
	fd, stat, err := openRegular(dir, servedName, unix.O_RDONLY)
	if errors.Is(err, unix.ENOENT) && err != errNoFile {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	defer unix.Close(fd)
	if stat.Size > maxServed {
		return nil, errServed
	}
	buf := make([]byte, stat.Size)
	if _, err := io.ReadFull(fdReader(fd), buf); err != nil {
		return nil, fmt.Errorf("%w: %w", errServed, err)
	}
	return parseServed(buf)
}

// write replaces the file in the Maildir dir: all of it, or nothing. It is not
// synced: what a crash leaves has another checksum. A session that writes it at the
// same time writes the same. force removes what another one may have left.
func (s *served) write(dir int, force bool) error {
	if force {
		_ = unix.Unlinkat(dir, servedNewName, 0)
	}
	const flags = unix.O_WRONLY | unix.O_CREAT | unix.O_EXCL
	fd, err := openAt(dir, servedNewName, flags, 0o600)
	if errors.Is(err, unix.EEXIST) {
		stat, err := statAt(dir, servedNewName)
		if err == nil && time.Since(time.Unix(stat.Ctim.Unix())) > staleAfter {
			_ = unix.Unlinkat(dir, servedNewName, 0) // Its writer was killed. The next login writes it.
		}
		return nil
	}
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), servedNewName)
	_, err = file.Write(s.encode())
	if err = errors.Join(err, file.Close()); err == nil {
		err = unix.Renameat(dir, servedNewName, dir, servedName)
	}
	if err != nil {
		_ = unix.Unlinkat(dir, servedNewName, 0)
	}
	return err
}
