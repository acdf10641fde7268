package maildir

import (
	"context"
	"errors"
	"os"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
)

// Suspend takes the mailbox out of this process: it returns what it is as
// plain data, and its open files, the Maildir and the file that is locked. The
// lock stays taken as long as a copy of the files is open in any process. The
// caller closes the files; the mailbox itself is closed. If it could not be loaded,
// it returns nothing, which Resume refuses, and the mailbox stays open.
func (m *Mailbox) Suspend() (state []byte, files []*os.File) {
	m.Rest()
	if m.Load(context.Background()) != nil {
		return nil, nil
	}
	state = m.encode()
	for _, fd := range []int{m.dir, m.lock.file} {
		if fd >= 0 {
			files = append(files, os.NewFile(uintptr(fd), "Maildir"))
		}
	}
	m.dir, m.lock = -1, lock{file: -1}
	return state, files
}

// errState means that a state is not one that Suspend returned, or that the
// files do not go with it.
var errState = errors.New("malformed state of a mailbox")

// Resume goes on with a mailbox that Suspend took out of another process, with
// the rights of owner. The files belong to it then, and are closed after an
// error. Options but LockWait and UIDLConvert, which are settled, count for what
// is still to come.
func Resume(owner *osuser.Owner, state []byte, files []*os.File, options Options) (*Mailbox, error) {
	m := newMailbox(owner, &options)
	err := m.decode(state, files)
	for _, f := range files {
		_ = f.Close() // Descriptors of its own are in m.
	}
	if err != nil {
		_ = m.Close()
		return nil, err
	}
	return m, nil
}

// adopt makes the files those of m.
func (m *Mailbox) adopt(files []*os.File, hasDir, hasFile bool) error {
	want := []struct {
		has  bool
		mode uint32
		fd   *int
	}{{hasDir, unix.S_IFDIR, &m.dir}, {hasFile, unix.S_IFREG, &m.lock.file}}
	for _, w := range want {
		if !w.has {
			continue
		}
		if len(files) == 0 {
			return errState
		}
		fd, err := unix.FcntlInt(files[0].Fd(), unix.F_DUPFD_CLOEXEC, 0)
		if err != nil {
			return err
		}
		*w.fd = fd
		var stat unix.Stat_t
		if unix.Fstat(fd, &stat) != nil || stat.Mode&unix.S_IFMT != w.mode {
			return errState
		}
		files = files[1:]
	}
	if len(files) > 0 {
		return errState
	}
	return nil
}
