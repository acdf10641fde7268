package maildir

import (
	"encoding/binary"
	"os"
	"time"
)

// What a suspended mailbox is, in order: a set of the bits below, the session and the
// address of its client if they are known, the states of new and cur, the number of
// messages, and each message in the order of names; then, if that is not their order,
// their indexes in order. Numbers are varints, texts have their length in front.
const (
	stateDir      = 1 << iota // there is a Maildir; its descriptor comes first
	stateFileLock             // tpops_lock is locked; its descriptor comes next
	stateDirLock              // the Maildir is locked
	stateOrigin               // the session is known
)

// Bits of a message in a state.
const (
	messageCur        = 1 << iota // it was in cur
	messageSeen                   // its name has the flag S
	messageUIDL                   // its UIDL is not its unique name, and follows
	messageTwin                   // another file has its unique name; its identity follows
	messageCopies                 // it has more files; their number follows, and each of them
	messageUnreadable             // its text cannot be had
)

func (m *Mailbox) encode() []byte {
	var w stateWriter
	w.set(m.dir >= 0, m.lock.file >= 0, m.lock.dir, m.origin != nil)
	if m.origin != nil {
		w.text(m.origin.session)
		w.text(m.origin.remote)
	}
	for _, d := range m.snap.dirs {
		w.number(d.dev)
		w.number(d.ino)
		w.number(uint64(d.mtime.time().UnixNano()))
		w.set(d.unsettled)
	}
	w.number(uint64(len(m.snap.files)))
	for i, n := range m.snap.numbers() {
		w.message(m.snap.table, i, m.snap.listing.Message(n))
	}
	for _, i := range m.snap.order {
		w.number(uint64(i))
	}
	return w.buf
}

func (m *Mailbox) decode(state []byte, files []*os.File) error {
	r := stateReader{rest: state}
	set := r.number()
	if err := m.adopt(files, set&stateDir != 0, set&stateFileLock != 0); err != nil {
		return err
	}
	m.lock.dir = set&stateDirLock != 0
	if set&stateOrigin != 0 {
		m.DeleteFor(string(r.text()), string(r.text()))
	}
	t := &table{}
	for i := range t.dirs {
		t.dirs[i] = dirState{dev: r.number(), ino: r.number(), mtime: r.time(), unsettled: r.flag()}
	}
	u := r.messages(t)
	order := r.order(len(t.files))
	if r.bad || len(r.rest) > 0 || m.dir < 0 && len(t.files) > 0 {
		return errState
	}
	m.snap = newSnapshot(t, u, order)
	m.dirLocal = m.dir >= 0 && isLocal(m.dir)
	m.local = m.dirLocal && m.reachLocal()
	m.view = m.newView(t)
	return nil
}

// reachLocal is areLocal with the rights of the owner: others may not get to new and cur.
func (s *store) reachLocal() (is bool) {
	err := s.owner.Do(func() error {
		is = areLocal(s.dir)
		return nil
	})
	return err == nil && is
}

// stateWriter appends to a state.
type stateWriter struct{ buf []byte }

func (w *stateWriter) number(n uint64) { w.buf = binary.AppendUvarint(w.buf, n) }

// set writes a set of bits, the lowest first.
func (w *stateWriter) set(bits ...bool) {
	set := uint64(0)
	for i, is := range bits {
		if is {
			set |= 1 << i
		}
	}
	w.number(set)
}

func (w *stateWriter) text(s string) {
	w.number(uint64(len(s)))
	w.buf = append(w.buf, s...)
}

// stateReader takes a state apart. Once something is wrong it is bad, and
// returns zeros.
type stateReader struct {
	rest []byte
	bad  bool
}

func (r *stateReader) number() uint64 {
	n, size := binary.Uvarint(r.rest)
	if size <= 0 {
		r.bad, r.rest = true, nil
		return 0
	}
	r.rest = r.rest[size:]
	return n
}

func (r *stateReader) flag() bool { return r.number() != 0 }

func (r *stateReader) time() fileTime {
	t := time.Unix(0, int64(r.number()))
	return newFileTime(t.Unix(), int64(t.Nanosecond()))
}

func (r *stateReader) text() []byte {
	n := r.number()
	if n > uint64(len(r.rest)) {
		r.bad, r.rest = true, nil
		return nil
	}
	text := r.rest[:n]
	r.rest = r.rest[n:]
	return text
}
