package maildir

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// maxNames is how many octets the names of a mailbox may have together. That
// is about four million messages; who puts more into a Maildir gets an error
// and does not fill the memory of all.
const maxNames = 256 << 20

// scanAttempts is how often directories that change while they are read are
// read again. A file that is renamed meanwhile may show twice or not at all
// (readdir(3p)), and a message that does not show is one that its client
// forgets and fetches again.
const scanAttempts = 3

// scanner reads the directories of one Maildir.
type scanner struct {
	ctx   context.Context
	log   *slog.Logger
	dir   int // the Maildir
	limit int // of names.Len()
	buf   []byte
	names strings.Builder
	files []file
}

// scan returns the messages of the Maildir dir. It opens none of them.
func scan(ctx context.Context, dir int, log *slog.Logger) (*table, error) {
	s := &scanner{ctx: ctx, log: log, dir: dir, limit: maxNames, buf: make([]byte, 64<<10)}
	return s.table()
}

func (s *scanner) table() (*table, error) {
	for attempt := 1; ; attempt++ {
		t, err := s.once()
		if err != nil {
			return nil, err
		}
		after, err := dirStates(s.dir, time.Now())
		if err != nil {
			return nil, err
		}
		if attempt == scanAttempts || t.dirs[inNew].same(after[inNew]) && t.dirs[inCur].same(after[inCur]) {
			return t, t.separateTwins(s.dir)
		}
		s.names, s.files = strings.Builder{}, s.files[:0]
	}
}

// once reads both directories.
func (s *scanner) once() (*table, error) {
	t := &table{}
	for sub := range subNames {
		state, err := s.readSub(sub)
		if err != nil {
			return nil, fmt.Errorf("read %s: %w", subNames[sub], err)
		}
		t.dirs[sub] = state
	}
	t.names, t.files = s.names.String(), s.files
	slices.SortFunc(t.files, t.compare)
	return t, nil
}

// readSub reads one directory and returns the state that it had before.
func (s *scanner) readSub(sub int) (dirState, error) {
	fd, err := openDir(s.dir, subNames[sub], unix.O_RDONLY)
	if errors.Is(err, unix.ENOENT) {
		return dirState{}, errMissing
	}
	if err != nil {
		return dirState{}, err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &stat) }); err != nil {
		return dirState{}, err
	}
	state := stateOf(stat, time.Now())
	return state, readDir(fd, s.buf, s.ctx.Err, func(entry dirent) error {
		return s.add(fd, uint8(sub), entry)
	})
}

// add takes an entry of the directory fd, if it is a message.
func (s *scanner) add(fd int, sub uint8, entry dirent) error {
	if isHidden(entry.name) || !isMessage(fd, entry) {
		return nil
	}
	if s.names.Len()+len(entry.name) > s.limit {
		return fmt.Errorf("%w: too many messages: the limit is %d octets of names", pop3.ErrPermanent, s.limit)
	}
	s.files = append(s.files, file{
		number: leadingNumber(entry.name),
		start:  uint32(s.names.Len()),
		length: uint16(len(entry.name)), // the entry's own length has no more bits
		unique: uint16(uniqueLen(entry.name)),
		sub:    sub,
	})
	s.names.Write(entry.name)
	return nil
}

// isMessage reports whether an entry of the directory fd is a regular file.
// Some file systems do not say so in the entry itself. What cannot be looked
// at is taken for one, so that the trouble shows instead of the message
// missing.
func isMessage(fd int, entry dirent) bool {
	if entry.kind != unix.DT_UNKNOWN {
		return entry.kind == unix.DT_REG
	}
	stat, err := statAt(fd, string(entry.name))
	if err != nil {
		return !errors.Is(err, unix.ENOENT)
	}
	return isRegular(stat)
}

// dirStates returns the states of new and cur at the time now.
func dirStates(dir int, now time.Time) (states [len(subNames)]dirState, err error) {
	for sub, name := range subNames {
		stat, err := statAt(dir, name)
		if errors.Is(err, unix.ENOENT) {
			continue
		}
		if err != nil {
			return states, err
		}
		states[sub] = stateOf(stat, now)
	}
	return states, nil
}
