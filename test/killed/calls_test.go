//go:build integration && amd64

package killed

import (
	"fmt"
	"os"
	"strings"

	"golang.org/x/sys/unix"
)

// stopped has the system calls at which a process can be killed or given an error, with
// the errors that each may return. A call without errors is only a place to be killed.
// The calls of a process between fork and exec must not be among them: our own runtime
// waits for it then.
var stopped = []struct {
	nr     int
	name   string
	errors []unix.Errno
}{
	{unix.SYS_OPENAT, "openat", []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EIO, unix.ENOSPC, unix.EDQUOT}},
	{unix.SYS_OPENAT2, "openat2", []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.EIO, unix.ENOSPC, unix.EDQUOT}},
	{unix.SYS_READ, "read", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_PREAD64, "pread64", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_WRITE, "write", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_PWRITE64, "pwrite64", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_SENDFILE, "sendfile", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_RENAMEAT, "renameat", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_RENAMEAT2, "renameat2", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_LINKAT, "linkat", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_SYMLINKAT, "symlinkat", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_UNLINKAT, "unlinkat", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_MKDIRAT, "mkdirat", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO, unix.ENOMEM}},
	{unix.SYS_FSYNC, "fsync", []unix.Errno{unix.EIO, unix.ENOSPC, unix.EDQUOT}},
	{unix.SYS_FDATASYNC, "fdatasync", []unix.Errno{unix.EIO, unix.ENOSPC, unix.EDQUOT}},
	{unix.SYS_FTRUNCATE, "ftruncate", []unix.Errno{unix.EIO, unix.ENOSPC}},
	{unix.SYS_FALLOCATE, "fallocate", []unix.Errno{unix.ENOSPC, unix.EDQUOT, unix.EIO}},
	{unix.SYS_FLOCK, "flock", []unix.Errno{unix.ENOLCK}},
	{unix.SYS_GETDENTS64, "getdents64", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_STATX, "statx", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_NEWFSTATAT, "newfstatat", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_FSTAT, "fstat", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_FSTATFS, "fstatfs", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_READLINKAT, "readlinkat", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_FACCESSAT2, "faccessat2", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_UTIMENSAT, "utimensat", []unix.Errno{unix.EIO, unix.ENOMEM}},
	{unix.SYS_FCHOWN, "fchown", []unix.Errno{unix.EIO, unix.EDQUOT}},
	{unix.SYS_FCHMOD, "fchmod", []unix.Errno{unix.EIO}},
	{unix.SYS_ACCEPT4, "accept4", []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM, unix.ENOBUFS}},
	{unix.SYS_SOCKET, "socket", []unix.Errno{unix.EMFILE, unix.ENFILE, unix.ENOMEM}},
	{unix.SYS_MMAP, "mmap", []unix.Errno{unix.ENOMEM}}, // of a file only, see filter
	{unix.SYS_SETFSUID, "setfsuid", nil},
	{unix.SYS_SENDMSG, "sendmsg", nil},
}

// call is a system call that waits for us.
type call struct {
	thread int
	nr     int
	args   [6]uint64
}

// String implements fmt.Stringer: the name, and the file where it is known.
func (c call) String() string {
	for _, s := range stopped {
		if s.nr == c.nr {
			return s.name + "(" + c.file() + ")"
		}
	}
	return fmt.Sprint(c.nr)
}

// file returns what the call is about: the file of its descriptor and the path.
func (c call) file() string {
	fd := c.args[0]
	if c.nr == unix.SYS_MMAP {
		fd = c.args[4]
	}
	target, _ := os.Readlink(fmt.Sprintf("/proc/%d/fd/%d", c.thread, int32(fd)))
	switch c.nr {
	case unix.SYS_OPENAT, unix.SYS_RENAMEAT2, unix.SYS_UNLINKAT, unix.SYS_MKDIRAT, unix.SYS_NEWFSTATAT, unix.SYS_STATX, unix.SYS_READLINKAT, unix.SYS_FACCESSAT2:
		return target + " " + c.text(c.args[1])
	}
	return target
}

// text returns the text at an address in the process.
func (c call) text(address uint64) string {
	memory, err := os.Open(fmt.Sprintf("/proc/%d/mem", c.thread))
	if err != nil {
		return ""
	}
	defer memory.Close()
	octets := make([]byte, 256)
	n, _ := memory.ReadAt(octets, int64(address)) // fewer at the end of a page
	text, _, _ := strings.Cut(string(octets[:n]), "\x00")
	return text
}

// errors returns the errors that the call may return: none if it is about a connection,
// or about what the runtime asks the kernel.
func (c call) errors() []unix.Errno {
	for _, s := range stopped {
		if s.nr == c.nr && c.isOfFiles() {
			return s.errors
		}
	}
	return nil
}

// isOfFiles reports whether the call is about files that can fail, or makes a descriptor.
func (c call) isOfFiles() bool {
	if c.nr == unix.SYS_ACCEPT4 || c.nr == unix.SYS_SOCKET {
		return true
	}
	file := strings.TrimSpace(c.file())
	if c.nr == unix.SYS_MMAP { // of memory that processes share; not of a program that is started
		return strings.HasPrefix(file, "/memfd:")
	}
	for _, kernel := range []string{"/proc", "/sys", "/dev/null", "/dev/urandom", "/memfd:"} {
		if strings.HasPrefix(file, kernel) {
			return false
		}
	}
	return strings.HasPrefix(file, "/")
}
