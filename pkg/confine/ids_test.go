package confine_test

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
	"tpops/pkg/osuser"
)

func TestIDs(t *testing.T) {
	attr := asDaemon(t)
	for _, name := range []string{"ids", "groups", "become", "become further", "probe"} {
		t.Run(name, func(t *testing.T) { runChild(t, name, tree(t), attr) })
	}
	t.Run("own id only", func(t *testing.T) { runChild(t, "own id only", tree(t), attr) })
}

// Without any privilege the same is in force.
func TestOwnIDOnly(t *testing.T) { runChild(t, "own id only", tree(t), nil) }

func TestBecomeFromRoot(t *testing.T) {
	needRoot(t)
	runChild(t, "become", tree(t), nil)
}

// childIDs acts as a user that it may act as, and tries to be any other.
func childIDs() error {
	if err := apply(policy()); err != nil {
		return err
	}
	if err := refuseForGood(); err != nil {
		return err
	}
	for _, id := range []uint64{0, 1, 1000, firstUID - 1, 1 << 32, 1<<32 | 1<<63} {
		if err := refuseThread(id); err != nil {
			return err
		}
	}
	for _, owner := range []*osuser.Owner{{UID: 0, GID: alice}, {UID: firstUID - 1, GID: alice}, {UID: alice, GID: 0}, {UID: alice, GID: firstGID - 1}} {
		if err := owner.Do(func() error { return nil }); !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("acting as %v: %v", *owner, err)
		}
	}
	owner := &osuser.Owner{UID: alice, GID: firstGID, Groups: []int{alice}}
	return owner.Do(func() error {
		return errors.Join(
			os.WriteFile(inTree("mail/new/3"), []byte("new"), 0o600),
			os.Rename(inTree("mail/new/3"), inTree("mail/cur/3")),
			os.Remove(inTree("mail/cur/3")))
	})
}

// refuseForGood tries to change the ids of the process and to run a program.
func refuseForGood() error {
	attempts := map[string]func() error{
		"setuid":    func() error { return syscall.Setuid(0) },
		"setreuid":  func() error { return syscall.Setreuid(0, 0) },
		"setresuid": func() error { return syscall.Setresuid(0, 0, 0) },
		"own uid":   func() error { return syscall.Setresuid(os.Getuid(), os.Getuid(), os.Getuid()) },
		"setgid":    func() error { return syscall.Setgid(0) },
		"setregid":  func() error { return syscall.Setregid(0, 0) },
		"setresgid": func() error { return syscall.Setresgid(0, 0, 0) },
		"exec":      func() error { return syscall.Exec("/bin/true", []string{"true"}, nil) },
		"command":   func() error { return exec.Command("/bin/true").Run() },
		"execveat": func() error {
			_, _, errno := unix.Syscall6(unix.SYS_EXECVEAT, 3, 0, 0, 0, unix.AT_EMPTY_PATH, 0)
			return errno
		},
	}
	for name, try := range attempts {
		if err := try(); !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	return nil
}

// refuseThread tries to give a thread the ids id, of which the kernel takes
// the lower half.
func refuseThread(id uint64) error {
	runtime.LockOSThread()
	defer runtime.UnlockOSThread()
	for name, call := range map[string]uintptr{"setfsuid": unix.SYS_SETFSUID, "setfsgid": unix.SYS_SETFSGID} {
		_, _, errno := unix.RawSyscall(call, uintptr(id), 0, 0)
		now, _, _ := unix.RawSyscall(call, ^uintptr(0), 0, 0)
		if errno != unix.EPERM || now != daemon {
			return fmt.Errorf("%s(%#x): %v, now %d", name, id, errno, now)
		}
	}
	return nil
}

// childOwnIDOnly may act as nobody else, and does as itself what it may.
func childOwnIDOnly() error {
	if err := apply(confine.Policy{Write: []string{inTree("mail")}}); err != nil {
		return err
	}
	if os.Getuid() == daemon {
		for _, id := range []uint64{0, alice} {
			if err := refuseThread(id); err != nil {
				return err
			}
		}
	}
	if err := unix.Setgroups([]int{alice}); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("setgroups: %v", err)
	}
	self := &osuser.Owner{UID: os.Getuid(), GID: os.Getgid()}
	return self.Do(func() error { return refuseForGood() })
}

// childGroups shows what the package says remains: any group.
func childGroups() error {
	if err := apply(policy()); err != nil {
		return err
	}
	runtime.LockOSThread()
	return unix.Setgroups([]int{0})
}

// childBecome becomes alice between two confinements.
func childBecome() error { return becomeBetween(confine.Policy{}) }

// childBecomeFurther does the same with the second filter that relies on the first.
func childBecomeFurther() error {
	if _, err := confine.Apply(confine.Policy{Further: true, AllFiles: true}); err == nil {
		return errors.New("a further filter without a first one")
	}
	return becomeBetween(confine.Policy{Further: true})
}

// becomeBetween becomes alice between two confinements, of which the second is p.
func becomeBetween(second confine.Policy) error {
	p := confine.Policy{Become: true, Write: []string{os.Getenv(dirVariable)}}
	if err := apply(p); err != nil {
		return err
	}
	if err := syscall.Exec("/bin/true", []string{"true"}, nil); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("exec: %v", err)
	}
	if err := osuser.Become(&osuser.Owner{UID: alice, GID: alice}); err != nil {
		return err
	}
	second.Write = []string{inTree("mail")}
	if err := apply(second); err != nil {
		return err
	}
	if err := refuseForGood(); err != nil {
		return err
	}
	if _, err := os.ReadFile(inTree("keys/key")); landlockABI() >= 2 && !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("the first policy's files: %v", err)
	}
	return os.Rename(inTree("mail/new/1"), inTree("mail/cur/1"))
}

// childProbe looks before and after.
func childProbe() error {
	p := policy()
	before := fmt.Sprint(p.Probe())
	const want = "[execve ptrace io_uring_setup fork socket chmod u+s kill setuid setgid setreuid setregid " +
		"setresuid setresgid setfsuid 0 setfsuid 61000 open /]"
	if before != want {
		return fmt.Errorf("before: %s\nwant: %s", before, want)
	}
	if err := apply(p); err != nil {
		return err
	}
	if after := p.Probe(); len(after) > 0 && !(landlockABI() < 2 && fmt.Sprint(after) == "[open /]") {
		return fmt.Errorf("after: %q", after)
	}
	if _, err := confine.Apply(p); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("a second time: %v", err)
	}
	// The ids that were tried have gone with their threads.
	if uid, err := unix.SetfsuidRetUid(-1); err != nil || uid != daemon {
		return fmt.Errorf("fsuid %d: %v", uid, err)
	}
	return nil
}
