package pop3

import (
	"bytes"
	"crypto/tls"
	"encoding/binary"
	"errors"
	"io"
)

// records is a connection between crypto/tls and the client. crypto/tls reads as
// much as it can get and does not report what it holds. So it gets the octets of
// one record at a time here, and after the handshake only of one that is there
// completely. Then a read never leaves crypto/tls with a part of a record, and
// the session can wait for its client without a goroutine in crypto/tls.
type records struct {
	*timedConn
	store []byte // of which buf is a part
	buf   []byte // what the client sent and crypto/tls has not taken
	left  int    // octets of the current record that crypto/tls has not taken
	whole bool   // a read returns noRecord unless a whole record is there

	sealed *[]byte // records that are written together; nil: each is written at once
}

// Sizes of records in octets (RFC 8446 §5.1, RFC 5246 §6.2.3).
const (
	recordHeader = 5
	maxRecord    = recordHeader + 16<<10 + 2048
	usualRecord  = 1 << 10 // holds any command, and most ClientHellos take few reads
)

// noRecord is an error after which crypto/tls can be read again.
type noRecord struct{}

func (noRecord) Error() string   { return "no whole TLS record" }
func (noRecord) Timeout() bool   { return true }
func (noRecord) Temporary() bool { return true }

// Read reads octets of one record.
func (r *records) Read(p []byte) (int, error) {
	if r.left == 0 {
		if r.whole && !r.complete() {
			return 0, noRecord{}
		}
		if err := r.begin(); err != nil {
			return 0, err
		}
	}
	if len(r.buf) == 0 {
		if err := r.fill(); err != nil {
			return 0, err
		}
	}
	n := copy(p[:min(len(p), r.left)], r.buf)
	r.left -= n
	r.buf = r.buf[n:]
	return n, nil
}

// begin reads the header of the next record. Without a whole one crypto/tls gets
// what there is.
func (r *records) begin() error {
	for len(r.buf) < recordHeader {
		if err := r.fill(); err != nil {
			if len(r.buf) == 0 {
				return err
			}
			break // The next read returns the error.
		}
	}
	r.left = r.length()
	return nil
}

// length returns how many octets crypto/tls may take at once: those of a record,
// or all that is there if that is no record.
func (r *records) length() int {
	if len(r.buf) < recordHeader {
		return len(r.buf)
	}
	length := recordHeader + int(binary.BigEndian.Uint16(r.buf[recordHeader-2:]))
	if length > maxRecord {
		return len(r.buf)
	}
	return length
}

// complete reports whether a whole record is there, or what cannot become one:
// after the handshake every record has the version of TLS 1.2 (RFC 8446 §5.1).
func (r *records) complete() bool {
	if len(r.buf) < recordHeader {
		return false
	}
	return len(r.buf) >= r.length() || binary.BigEndian.Uint16(r.buf[1:]) != tls.VersionTLS12
}

// fill reads more from the client. Its errors are those of the connection.
func (r *records) fill() error {
	if room := max(usualRecord, r.length()); len(r.store) < room {
		r.store = make([]byte, room)
	}
	r.buf = r.store[:copy(r.store, r.buf)]
	n, err := r.timedConn.Read(r.buf[len(r.buf):cap(r.buf)])
	r.buf = r.buf[:len(r.buf)+n]
	if n > 0 {
		return nil
	}
	if len(r.buf) > 0 && errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}

// release gives back the room that nothing is in.
func (r *records) release() {
	r.store = bytes.Clone(r.buf)
	r.buf = r.store
}

// clearText is what a client sends in TLS, after the handshake.
type clearText struct {
	tls     *tls.Conn
	records *records
}

// Read reads what the client has sent. When it returns errWaits crypto/tls holds
// nothing that it has read.
func (c *clearText) Read(p []byte) (int, error) {
	for {
		n, err := c.tls.Read(p)
		if !errors.Is(err, noRecord{}) {
			return n, err
		}
		if err := c.records.fill(); err != nil {
			return 0, err
		}
	}
}
