package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"syscall"
	"time"
)

// ErrBusy means that another process was writing the file for as long as Edit waits.
var ErrBusy = errors.New("another process is writing the password file")

// How long Edit waits for another writer, and how often it checks.
const (
	lockWait = 10 * time.Second
	lockPoll = 20 * time.Millisecond
)

// lock locks a file with that name. The file is never removed: after that, two writers
// could lock different files. Only users who can write the password file can open it, so
// other users cannot block writers.
func lock(name string) (unlock func(), err error) {
	file, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW|syscall.O_NONBLOCK, 0o600)
	if err != nil {
		return nil, &WriteError{Err: err}
	}
	for end := time.Now().Add(lockWait); ; time.Sleep(lockPoll) {
		err = syscall.Flock(int(file.Fd()), syscall.LOCK_EX|syscall.LOCK_NB)
		if err == nil {
			return func() { file.Close() }, nil
		}
		if errors.Is(err, syscall.EWOULDBLOCK) && time.Now().After(end) {
			err = ErrBusy
		}
		if !errors.Is(err, syscall.EWOULDBLOCK) && !errors.Is(err, syscall.EINTR) {
			file.Close()
			return nil, fmt.Errorf("lock %s: %w", name, err)
		}
	}
}

// syncDir makes a rename in the directory durable.
func syncDir(name string) error {
	dir, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(dir.Sync(), dir.Close())
}

func owner(info fs.FileInfo) (uid, gid int) {
	stat := info.Sys().(*syscall.Stat_t)
	return int(stat.Uid), int(stat.Gid)
}
