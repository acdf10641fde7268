package pop3

import "crypto/tls"

// sealer writes what a session sends in TLS. crypto/tls writes each record by
// itself; those of a large piece are gathered and written together. A record has
// at most 16 KiB, and early in a connection little more than 1 KiB.
type sealer struct {
	tls   *tls.Conn
	below *records
}

// oneRecord is how many octets fit into any record.
const oneRecord = 1 << 10

// Write writes p. After an error it returns no more than was written of p, but
// perhaps less: not a record of which a part was written, nor as many octets as
// encryption has added.
func (w *sealer) Write(p []byte) (int, error) {
	if len(p) <= oneRecord {
		return w.tls.Write(p)
	}
	r := w.below
	r.sealed = takeBuffer()
	n, err := w.tls.Write(p)
	if err == nil {
		err = r.writeSealed()
	}
	n = max(0, n-len(*r.sealed))
	giveBuffer(r.sealed)
	r.sealed = nil
	return n, err
}

// Write writes a record, or keeps it until the others of its piece are there.
// More than a usual piece is written earlier, so that the buffer does not grow.
func (r *records) Write(record []byte) (int, error) {
	if r.sealed == nil {
		return r.timedConn.Write(record)
	}
	if len(*r.sealed)+len(record) > cap(*r.sealed) {
		if err := r.writeSealed(); err != nil {
			return 0, err
		}
	}
	*r.sealed = append(*r.sealed, record...)
	return len(record), nil
}

// writeSealed writes the records that were kept. After an error it keeps what was
// not written.
func (r *records) writeSealed() error {
	n, err := r.timedConn.Write(*r.sealed)
	*r.sealed = (*r.sealed)[:copy(*r.sealed, (*r.sealed)[n:])]
	return err
}
