package confine

import "golang.org/x/sys/unix"

// The table of system calls that the process uses. It has no foreign part.
const (
	auditArch    = unix.AUDIT_ARCH_AARCH64
	foreignCalls = 0x40000000
)

// neverHere are calls like those in never that not every processor has.
var neverHere = []uint32{unix.SYS_KEXEC_FILE_LOAD}

// modeArgument are, by the place of the argument, the calls that are given
// the mode of a file.
var modeArgument = [...][]uint32{
	1: {unix.SYS_FCHMOD},
	2: {unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_MKNODAT},
	3: {unix.SYS_OPENAT},
}
