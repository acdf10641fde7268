package maildir

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"math"

	"golang.org/x/sys/unix"
)

// watch collects the names that appear in new and cur, or vanish, while they
// are read. A reading finds every entry that is left alone meanwhile, exactly
// once (readdir(3p)); of every other the watch knows whether it is there at
// the end. The kernel queues an event before it lets go of the directory, so
// all that a reading has seen is in the queue when the reading ends.
//
// A rename is two events, and the queue may be read between them. A message
// of which only the old name was reported must not be missing: the old name
// counts until the second event, or proof that there is none.
//
// Two names that are exchanged (RENAME_EXCHANGE) look like a rename there and
// back, after which one of them is gone. No mail program exchanges messages.
type watch struct {
	fd     int // of inotify(7)
	from   *Watches
	subs   map[int32]uint8
	first  int32 // the lowest id in subs
	buf    *[readOctets]byte
	there  [len(subNames)]map[string]bool // the names, and whether they are there at last
	size   int                            // octets of the names in there
	moving [len(subNames)]move            // the last event of each directory, if it is the first half of a rename
}

// move is the first event of a rename. The zero value is none.
type move struct {
	name   string // the old name
	cookie uint32 // the second event has the same
}

// Masks of the events: a name appears, a name vanishes.
const (
	appears  = unix.IN_CREATE | unix.IN_MOVED_TO
	vanishes = unix.IN_DELETE | unix.IN_MOVED_FROM
)

// drainReads is how often drain reads. Programs that change a Maildir faster
// than that must not keep it for ever.
const drainReads = 4096

// discardReads is how often discard reads: to read a longer queue takes as long as to close the
// instance.
const discardReads = 4

// newWatch watches the open directories in subs, with an instance of from; the caller closes it.
func newWatch(subs subdirs, from *Watches) (*watch, error) {
	fd, err := from.take()
	if errors.Is(err, unix.EMFILE) {
		err = fmt.Errorf("%w, see the sysctl fs.inotify.max_user_instances", err)
	}
	if err != nil {
		return nil, fmt.Errorf("inotify_init1: %w", err)
	}
	w := &watch{fd: fd, from: from, subs: map[int32]uint8{}, first: math.MaxInt32, buf: readBuffers.Get().(*[readOctets]byte)}
	for sub, dir := range subs {
		w.there[sub] = map[string]bool{}
		// Through /proc, since there is no call that takes a descriptor.
		id, err := unix.InotifyAddWatch(fd, fmt.Sprintf("/proc/self/fd/%d", dir), appears|vanishes|unix.IN_ONLYDIR)
		if _, double := w.subs[int32(id)]; err == nil && double {
			err = errors.New("new and cur are the same directory")
		}
		if err != nil {
			w.close()
			return nil, fmt.Errorf("inotify_add_watch: %w", err)
		}
		w.subs[int32(id)] = uint8(sub)
		w.first = min(w.first, int32(id))
	}
	return w, nil
}

// close ends the watch; it may be nil.
func (w *watch) close() {
	if w == nil {
		return
	}
	if w.from != nil && w.leave() && w.discard() {
		w.from.give(w.fd)
	} else {
		_ = unix.Close(w.fd)
	}
	readBuffers.Put(w.buf)
}

// leave removes what is watched, and reports whether it could. A directory that is gone is
// not watched any more.
func (w *watch) leave() bool {
	for id := range w.subs {
		if _, err := unix.InotifyRmWatch(w.fd, uint32(id)); err != nil && err != unix.EINVAL {
			return false
		}
	}
	return true
}

// discard reads what is left after leave, and reports whether the queue is empty. The next
// reading, which may be that of another user, must not fail because this queue was full.
func (w *watch) discard() bool {
	for range discardReads {
		if _, err := w.next(); err != nil {
			return errors.Is(err, unix.EAGAIN)
		}
	}
	return false
}

// next reads events, and returns how many octets. EAGAIN means that there is none.
func (w *watch) next() (n int, err error) {
	err = retry(func() (err error) {
		n, err = unix.Read(w.fd, w.buf[:])
		return err
	})
	return n, err
}

// drain takes the events that have come so far. errUnsettled means that some
// were lost, or are still coming.
func (w *watch) drain() error {
	for range drainReads {
		n, err := w.next()
		if errors.Is(err, unix.EAGAIN) {
			return nil
		}
		if err != nil {
			return fmt.Errorf("read inotify: %w", err)
		}
		if err := w.take(w.buf[:n]); err != nil {
			return err
		}
	}
	return errUnsettled
}

// take takes the events in buf (inotify(7)).
func (w *watch) take(buf []byte) error {
	for len(buf) >= unix.SizeofInotifyEvent {
		id := int32(binary.NativeEndian.Uint32(buf))
		mask, cookie := binary.NativeEndian.Uint32(buf[4:]), binary.NativeEndian.Uint32(buf[8:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buf[12:]))
		if id > 0 && id < w.first {
			buf = buf[min(end, len(buf)):] // It is of an earlier watch with this instance.
			continue
		}
		sub, known := w.subs[id]
		// Not of a name: the queue was full, or the directory is gone.
		if mask&(appears|vanishes) == 0 || !known || end > len(buf) {
			return errUnsettled
		}
		name, _, _ := bytes.Cut(buf[unix.SizeofInotifyEvent:end], []byte{0})
		w.endMoves(sub, cookie)
		if err := w.note(sub, move{string(name), cookie}, mask); err != nil {
			return err
		}
		buf = buf[end:]
	}
	return nil
}

// endMoves ends the renames whose first event is known, when an event of the
// directory sub has come. It is the second event if it has the cookie. In the
// directory of the first any event ends the rename: the kernel keeps that
// directory locked until both events are queued.
func (w *watch) endMoves(sub uint8, cookie uint32) {
	for from, m := range w.moving {
		if m.name != "" && (from == int(sub) || m.cookie == cookie) {
			w.there[from][m.name] = false
			w.moving[from] = move{}
		}
	}
}

// note takes the event of a name.
func (w *watch) note(sub uint8, event move, mask uint32) error {
	if isHidden(event.name) {
		return nil
	}
	if _, known := w.there[sub][event.name]; !known {
		if w.size += len(event.name); w.size > maxNames {
			return errUnsettled
		}
	}
	isFile := mask&unix.IN_ISDIR == 0
	w.there[sub][event.name] = isFile && mask&(appears|unix.IN_MOVED_FROM) != 0
	if isFile && mask&unix.IN_MOVED_FROM != 0 {
		w.moving[sub] = event
	}
	return nil
}
