package maildir

import (
	"fmt"
	"sync"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// readOctets is how much is read at a time of a directory, or of the events of a watch.
const readOctets = 64 << 10

// readBuffers are shared by all sessions: no login needs one for long.
var readBuffers = sync.Pool{New: func() any { return new([readOctets]byte) }}

// read reads both open directories, but takes what is in those in reused from the
// earlier reading. If they are watched by w it keeps the queue of events from becoming
// full.
func (s *scanner) read(subs subdirs, reused reuse, w *watch) error {
	more := func() error {
		if w != nil {
			if err := w.drain(); err != nil {
				return err
			}
		}
		return s.ctx.Err()
	}
	buf := s.buf
	if buf == nil {
		room := readBuffers.Get().(*[readOctets]byte)
		defer readBuffers.Put(room)
		buf = room[:]
	}
	for sub, fd := range subs {
		if reused[sub] {
			if err := s.take(uint8(sub)); err != nil {
				return err
			}
			continue
		}
		err := readDir(fd, buf, more, func(entry dirent) error {
			return s.add(fd, uint8(sub), entry)
		})
		if err != nil {
			return fmt.Errorf("read %s: %w", subNames[sub], err)
		}
	}
	return nil
}

// add takes an entry of the directory fd, if it is a message.
func (s *scanner) add(fd int, sub uint8, entry dirent) error {
	if isHidden(entry.name) || !isMessage(fd, entry) {
		return nil
	}
	f := newFile(entry.name, s.names.Len(), sub) // the entry's own length has no more bits than f.length
	f.inode = inodeMark(entry.ino)
	if err := s.keep(f); err != nil {
		return err
	}
	s.names.Write(entry.name)
	return nil
}

// keep adds the row of a message, whose name has to be added next.
func (s *scanner) keep(f file) error {
	if s.names.Len()+int(f.length) > s.limit {
		return fmt.Errorf("%w: too many messages: the limit is %d octets of names", pop3.ErrPermanent, s.limit)
	}
	s.files = append(s.files, f)
	return nil
}

// apply puts what the watch knows in the place of what was read: then the
// files are those that were there at one moment.
func (s *scanner) apply(subs subdirs, w *watch) error {
	if err := w.drain(); err != nil {
		return err
	}
	names, kept := s.names.String(), s.files[:0]
	for _, f := range s.files {
		if _, touched := w.there[f.sub][names[f.start:][:f.length]]; !touched {
			kept = append(kept, f)
		}
	}
	s.files = kept
	for sub, there := range w.there {
		for name, is := range there {
			if !is {
				continue
			}
			if err := s.add(subs[sub], uint8(sub), dirent{kind: unix.DT_UNKNOWN, name: []byte(name)}); err != nil {
				return err
			}
		}
	}
	return nil
}

// isMessage reports whether an entry of the directory fd is a regular file.
// Some file systems do not say so in the entry itself. What cannot be looked
// at is taken for one, so that the trouble shows instead of the message
// missing; and so is what is gone, which may only have been renamed since.
func isMessage(fd int, entry dirent) bool {
	if entry.kind != unix.DT_UNKNOWN {
		return entry.kind == unix.DT_REG
	}
	stat, err := statAt(fd, string(entry.name))
	return err != nil || isRegular(stat)
}
