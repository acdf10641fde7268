package confine

import "golang.org/x/sys/unix"

// The architecture of the system calls. Numbers from foreignCalls on are those of x32,
// which has the same value of auditArch.
const (
	auditArch    = unix.AUDIT_ARCH_X86_64
	foreignCalls = 0x40000000
)

// neverHere are calls like those in never that only some processors have.
var neverHere = []uint32{
	unix.SYS_FORK, unix.SYS_VFORK, unix.SYS_IOPL, unix.SYS_IOPERM, unix.SYS_MODIFY_LDT,
	unix.SYS_KEXEC_FILE_LOAD, unix.SYS_USELIB, unix.SYS_USTAT, unix.SYS_SYSFS, unix.SYS__SYSCTL,
}

// modeArgument are the calls with a file mode, by the position of that argument.
var modeArgument = [...][]uint32{
	1: {unix.SYS_CHMOD, unix.SYS_FCHMOD, unix.SYS_CREAT, unix.SYS_MKNOD},
	2: {unix.SYS_FCHMODAT, unix.SYS_FCHMODAT2, unix.SYS_MKNODAT, unix.SYS_OPEN},
	3: {unix.SYS_OPENAT},
}
