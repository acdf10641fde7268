package sd

import (
	"errors"
	"fmt"
	"net"
	"os"
	"syscall"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

// JournalSocket is where journald takes records in its native protocol.
const JournalSocket = "/run/systemd/journal/socket"

// journalWait is how long Send waits for a journald that takes nothing.
const journalWait = time.Second

// Journal sends records to journald. Only one goroutine may use it at a time.
type Journal struct {
	path string
	wait time.Duration
	conn *net.UnixConn // nil while there is no connection
}

// DialJournal connects to journald at path, which is JournalSocket but in
// tests. The error is that of a socket that cannot be reached. Close gives the
// connection back.
func DialJournal(path string) (*Journal, error) {
	j := &Journal{path: path, wait: journalWait}
	return j, j.dial()
}

func (j *Journal) dial() error {
	conn, err := net.DialUnix("unixgram", nil, &net.UnixAddr{Name: j.path, Net: "unixgram"})
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	j.conn = conn
	return nil
}

// Send sends a record, which AppendField made. It waits at most 1 s for a
// journald that takes nothing; the error is then os.ErrDeadlineExceeded. To a
// socket that was made anew it connects again. After any error the record is
// lost.
func (j *Journal) Send(record []byte) error {
	err := net.ErrClosed
	if j.conn != nil {
		err = j.try(record)
	}
	if !isGone(err) {
		return err
	}
	if err := errors.Join(j.Close(), j.dial()); err != nil {
		return err
	}
	return j.try(record)
}

// isGone reports whether err says that nobody reads from the socket any more.
func isGone(err error) bool {
	return errors.Is(err, net.ErrClosed) || errors.Is(err, unix.ECONNREFUSED) || errors.Is(err, unix.ENOTCONN) ||
		errors.Is(err, unix.ECONNRESET) || errors.Is(err, unix.EPIPE)
}

func (j *Journal) try(record []byte) error {
	if err := j.conn.SetWriteDeadline(time.Now().Add(j.wait)); err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	_, err := j.conn.Write(record)
	if errors.Is(err, unix.EMSGSIZE) || errors.Is(err, unix.ENOBUFS) {
		err = j.sendFile(record)
	}
	if err != nil {
		return fmt.Errorf("journal: %w", err)
	}
	return nil
}

// sendFile sends a record that is too large for a datagram, in a file that
// nobody can change any more: journald takes no other from a process without
// privileges.
func (j *Journal) sendFile(record []byte) error {
	file, err := memfd.NewPlain("tpops-journal")
	if err != nil {
		return err
	}
	defer file.Close()
	if _, err := file.Write(record); err != nil {
		return err
	}
	if err := memfd.Seal(file); err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	return j.sendDescriptor(int(file.Fd()))
}

// sendDescriptor sends a descriptor and nothing else. net.UnixConn's own
// WriteMsgUnix refuses to write to a socket that is connected.
func (j *Journal) sendDescriptor(fd int) error {
	raw, err := j.conn.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Write(func(to uintptr) bool {
		sent = unix.Sendmsg(int(to), nil, unix.UnixRights(fd), nil, unix.MSG_NOSIGNAL)
		return !errors.Is(sent, unix.EAGAIN)
	})
	return errors.Join(err, sent)
}

// Close ends the connection. A Send after it connects again.
func (j *Journal) Close() error {
	if j.conn == nil {
		return nil
	}
	err := j.conn.Close()
	j.conn = nil
	return err
}

// AppendField appends a field of the native protocol to a record. The value
// may hold any octets: one with a line end is written behind its length, so
// that it makes no field. A name that journald would ignore, because it is no
// more than 64 of A-Z, 0-9 and _ that begin with a letter, adds nothing.
func AppendField[T string | []byte](record []byte, name string, value T) []byte {
	if !isFieldName(name) {
		return record
	}
	record = append(record, name...)
	if !hasLineEnd(value) {
		record = append(record, '=')
		return append(append(record, value...), '\n')
	}
	record = append(record, '\n')
	for n, shift := uint64(len(value)), 0; shift < 64; shift += 8 {
		record = append(record, byte(n>>shift))
	}
	return append(append(record, value...), '\n')
}

func hasLineEnd[T string | []byte](value T) bool {
	for i := range len(value) {
		if value[i] == '\n' {
			return true
		}
	}
	return false
}

func isFieldName(name string) bool {
	for i := range len(name) {
		c := name[i]
		if !(c >= 'A' && c <= 'Z' || i > 0 && (c >= '0' && c <= '9' || c == '_')) {
			return false
		}
	}
	return name != "" && len(name) <= 64
}

// IsJournal reports whether f is the stream to the journal that the service
// manager described in the variable JOURNAL_STREAM, whose value is given
// (systemd.exec(5)). One that was replaced, as by a shell's 2>file, is not.
func IsJournal(f *os.File, stream string) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}
