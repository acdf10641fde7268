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

// JournalSocket is the socket of journald for records in its native protocol.
const JournalSocket = "/run/systemd/journal/socket"

// journalWait bounds how long Send waits for journald.
const journalWait = time.Second

// Journal sends records to journald. Only one goroutine may use it at a time.
type Journal struct {
	path string
	wait time.Duration
	conn *net.UnixConn // nil while there is no connection
}

// DialJournal connects to journald at path, which is JournalSocket except in tests. The
// error is that of the connection. The caller closes the Journal.
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

// Send sends a record, which AppendField has made. It waits for journald for at most 1 s;
// the error is os.ErrDeadlineExceeded then. If journald was restarted, Send connects
// again. After an error the record is lost.
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

// isGone reports whether err means that the socket of journald was closed.
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

// sendFile sends a record that is too large for a datagram in a sealed file. From a
// process without privileges journald accepts no other file.
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

// sendDescriptor sends a descriptor without data. net.UnixConn.WriteMsgUnix does not write
// to a connected datagram socket.
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

// Close closes the connection. A later Send connects again.
func (j *Journal) Close() error {
	if j.conn == nil {
		return nil
	}
	err := j.conn.Close()
	j.conn = nil
	return err
}

// AppendField appends a field of the native protocol to a record. The value may contain
// any bytes: before a value with a line end AppendField writes its length, so that the
// value cannot add a field. AppendField ignores names that journald ignores. A valid name
// has at most 64 characters, A-Z, 0-9 and _, and begins with a letter.
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

// IsJournal reports whether f is the stream to the journal that JOURNAL_STREAM describes
// (systemd.exec(5)); stream is the value of that variable. A shell may have redirected
// standard error to another file.
func IsJournal(f *os.File, stream string) bool {
	info, err := f.Stat()
	if err != nil {
		return false
	}
	stat, ok := info.Sys().(*syscall.Stat_t)
	return ok && stream == fmt.Sprintf("%d:%d", stat.Dev, stat.Ino)
}
