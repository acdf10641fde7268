package confine

import "golang.org/x/sys/unix"

// The architecture of the system calls. No other one has the same value of auditArch.
const (
	auditArch    = unix.AUDIT_ARCH_AARCH64
	foreignCalls = 0x40000000
)

// neverHere are calls like those in never that only some processors have.
var neverHere = []uint32{unix.SYS_KEXEC_FILE_LOAD}

// modeArgument are the calls with a file mode, by the position of that argument.
var modeArgument = [...][]uint32{
	1: {unix.SYS_FCHMOD},
	2: {unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_MKNODAT},
	3: {unix.SYS_OPENAT},
}
