package maildir

import (
	"os"
	"path/filepath"
	"time"

	"golang.org/x/sys/unix"
)

// ask asks the process whose session has the lock to end the session if it is abandoned: it
// changes the time of lockFile. Only the owner of the file can do that, and a process that
// is asked decides for itself. Not all do, and an error has no effect but that none is asked.
func (s *store) ask() {
	now := unix.Timespec{Nsec: unix.UTIME_NOW}
	_ = retry(func() error {
		return unix.UtimesNanoAt(s.dir, lockFile, []unix.Timespec{now, now}, unix.AT_SYMLINK_NOFOLLOW)
	})
}

// Asked returns a time that changes when a login asks for a Maildir that another process has
// locked, the zero time if there is none. Any goroutine may call it.
func Asked(maildrop string) time.Time {
	info, err := os.Lstat(filepath.Join(maildrop, lockFile))
	if err != nil {
		return time.Time{}
	}
	return info.ModTime()
}
