package maildir

import (
	"strconv"
	"strings"

	"golang.org/x/sys/unix"
)

// openUnlinked opens the directory dir, which is clean and absolute, if its path
// leads through no symbolic link, as most do: in two system calls, where resolve
// needs two for each name. Else, and after any error, it returns -1, and
// resolve finds out what is there.
//
// The kernel may follow a link in the path. Then the path at which it reports
// the open directory is not dir, but where the link leads. If it is dir, then
// that directory is where resolve would arrive too, without a link: also if the
// path was changed meanwhile.
func openUnlinked(dir string) int {
	fd, err := openAt(unix.AT_FDCWD, dir, unix.O_RDONLY|unix.O_DIRECTORY, 0)
	if err != nil {
		return -1
	}
	if isAt(fd, dir) {
		return fd
	}
	_ = unix.Close(fd)
	return -1
}

// isAt reports whether the kernel is sure that an open file is at path.
func isAt(fd int, path string) bool {
	// The kernel reports a directory that was removed with such a name.
	if len(path) >= shortPath || strings.HasSuffix(path, " (deleted)") {
		return false
	}
	var link [64]byte
	var room [shortPath + 1]byte
	name := strconv.AppendInt(append(link[:0], "/proc/self/fd/"...), int64(fd), 10)
	var n int
	err := retry(func() (err error) {
		n, err = unix.Readlink(string(name), room[:])
		return err
	})
	return err == nil && string(room[:n]) == path
}

// shortPath is the length in octets of paths that are not compared.
const shortPath = 1024
