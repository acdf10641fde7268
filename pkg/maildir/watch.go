package maildir

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"

	"golang.org/x/sys/unix"
)

// watch collects the names that appear in new and cur, or vanish, while they
// are read. A reading finds every entry that is left alone meanwhile, exactly
// once (readdir(3p)); of every other the watch knows whether it is there at
// the end. The kernel queues an event before it lets go of the directory, so
// all that a reading has seen is in the queue when the reading ends.
type watch struct {
	fd    int // of inotify(7)
	subs  map[int32]uint8
	buf   []byte
	there [len(subNames)]map[string]bool // the names, and whether they are there at last
	size  int                            // octets of the names in there
}

// Masks of the events: a name appears, a name vanishes.
const (
	appears  = unix.IN_CREATE | unix.IN_MOVED_TO
	vanishes = unix.IN_DELETE | unix.IN_MOVED_FROM
)

// drainReads is how often drain reads. Programs that change a Maildir faster
// than that must not keep it for ever.
const drainReads = 4096

// newWatch watches the open directories in subs; the caller closes it.
func newWatch(subs subdirs) (*watch, error) {
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if errors.Is(err, unix.EMFILE) {
		err = fmt.Errorf("%w, see the sysctl fs.inotify.max_user_instances", err)
	}
	if err != nil {
		return nil, fmt.Errorf("inotify_init1: %w", err)
	}
	w := &watch{fd: fd, subs: map[int32]uint8{}, buf: make([]byte, 64<<10)}
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
	}
	return w, nil
}

func (w *watch) close() { _ = unix.Close(w.fd) }

// drain takes the events that have come so far. errUnsettled means that some
// were lost, or are still coming.
func (w *watch) drain() error {
	for range drainReads {
		var n int
		err := retry(func() (err error) {
			n, err = unix.Read(w.fd, w.buf)
			return err
		})
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
		mask := binary.NativeEndian.Uint32(buf[4:])
		end := unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buf[12:]))
		sub, known := w.subs[id]
		// Not of a name: the queue was full, or the directory is gone.
		if mask&(appears|vanishes) == 0 || !known || end > len(buf) {
			return errUnsettled
		}
		name, _, _ := bytes.Cut(buf[unix.SizeofInotifyEvent:end], []byte{0})
		if err := w.note(sub, name, mask); err != nil {
			return err
		}
		buf = buf[end:]
	}
	return nil
}

func (w *watch) note(sub uint8, name []byte, mask uint32) error {
	if isHidden(name) {
		return nil
	}
	there := mask&appears != 0 && mask&unix.IN_ISDIR == 0
	if _, known := w.there[sub][string(name)]; !known {
		if w.size += len(name); w.size > maxNames {
			return errUnsettled
		}
	}
	w.there[sub][string(name)] = there
	return nil
}
