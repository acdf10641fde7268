package confine_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
)

func TestFiles(t *testing.T) {
	needLandlock(t)
	runChild(t, "files", tree(t), nil)
}

func TestOnlyFiles(t *testing.T) {
	needLandlock(t)
	runChild(t, "only files", tree(t), nil)
}

func TestSetBits(t *testing.T) { runChild(t, "files by modes", tree(t), nil) }

func TestMissing(t *testing.T) { runChild(t, "missing", tree(t), nil) }

// childFiles reaches the directories of its policy and nothing beside them,
// though the modes would let it (it may even be root).
func childFiles() error {
	outside, err := os.Open(inTree("outside"))
	if err != nil {
		return err
	}
	secret, err := os.Open(inTree("outside/secret"))
	if err != nil {
		return err
	}
	if err := apply(confine.Policy{Read: []string{inTree("keys/key")}, Write: []string{inTree("mail")}}); err != nil {
		return err
	}
	if err := refuseFiles(int(outside.Fd()), int(secret.Fd())); err != nil {
		return err
	}
	if _, err := secret.Read(make([]byte, 1)); err != nil {
		return fmt.Errorf("a file that was open before: %w", err)
	}
	for _, name := range []string{inTree("keys/key"), inTree("keys/next"), "/etc/passwd", "/proc/self/status"} {
		if _, err := os.ReadFile(name); err != nil {
			return err
		}
	}
	return errors.Join(
		os.WriteFile(os.DevNull, []byte("x"), 0),
		os.WriteFile(inTree("mail/new/3"), []byte("x"), 0o600),
		os.Link(inTree("mail/new/3"), inTree("mail/cur/3")),
		os.Rename(inTree("mail/new/1"), inTree("mail/cur/1")),
		os.Truncate(inTree("mail/cur/1"), 1),
		os.Remove(inTree("mail/cur/1")),
		os.Mkdir(inTree("mail/dir"), 0o700),
		os.Remove(inTree("mail/dir")))
}

// childOnlyFiles reaches the one directory that it keeps, and not even what
// every other policy leaves.
func childOnlyFiles() error {
	if err := apply(confine.Policy{Only: true, Write: []string{inTree("mail")}}); err != nil {
		return err
	}
	for _, name := range []string{"/etc/passwd", "/proc/self/status", os.DevNull, inTree("keys/key"), inTree("outside/secret")} {
		if _, err := os.ReadFile(name); !errors.Is(err, unix.EACCES) {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	return os.Rename(inTree("mail/new/1"), inTree("mail/cur/1"))
}

// refuseFiles tries what is outside of the policy of childFiles. The
// descriptors are of the directory outside and the file in it.
func refuseFiles(outside, secret int) error {
	in := inTree
	attempts := map[string]func() error{
		"by name":               func() error { return open(in("outside/secret"), unix.O_RDONLY) },
		"by link":               func() error { return open(in("mail/new/link"), unix.O_RDONLY) },
		"by link to directory":  func() error { return open(in("mail/dirlink/secret"), unix.O_RDONLY) },
		"by dots":               func() error { return open(in("mail/../outside/secret"), unix.O_RDONLY) },
		"by open directory":     func() error { return openat(outside, "secret") },
		"by copied directory":   func() error { return open(fmt.Sprintf("/proc/self/fd/%d/secret", outside), unix.O_RDONLY) },
		"open file, again":      func() error { return open(fmt.Sprintf("/proc/self/fd/%d", secret), unix.O_RDONLY) },
		"open file, written":    func() error { return open(fmt.Sprintf("/proc/self/fd/%d", secret), unix.O_WRONLY) },
		"list":                  func() error { return open(in("outside"), unix.O_RDONLY|unix.O_DIRECTORY) },
		"own memory":            func() error { return open("/proc/self/mem", unix.O_RDWR) },
		"device":                func() error { return open("/dev/zero", unix.O_RDONLY) },
		"create":                func() error { return open(in("outside/new"), unix.O_WRONLY|unix.O_CREAT) },
		"remove":                func() error { return os.Remove(in("outside/secret")) },
		"write what is read":    func() error { return open(in("keys/key"), unix.O_WRONLY) },
		"move out":              func() error { return os.Rename(in("mail/new/2"), in("outside/2")) },
		"move in":               func() error { return os.Rename(in("outside/secret"), in("mail/new/9")) },
		"link in":               func() error { return os.Link(in("outside/secret"), in("mail/new/9")) },
		"make a directory":      func() error { return os.Mkdir(in("keys/dir"), 0o700) },
		"make a link":           func() error { return os.Symlink("/etc/shadow", in("mail/new/9")) },
		"make a pipe":           func() error { return unix.Mkfifo(in("mail/new/9"), 0o600) },
		"change the root":       func() error { return unix.Chroot(in("mail")) },
		"set the owner's right": func() error { return os.Chmod(in("mail/new/2"), 0o700|os.ModeSetuid) },
	}
	if landlockABI() >= 3 {
		attempts["empty"] = func() error { return os.Truncate(in("outside/secret"), 0) }
	}
	for name, try := range attempts {
		err := try()
		if !errors.Is(err, unix.EACCES) && !errors.Is(err, unix.EPERM) && !errors.Is(err, unix.EXDEV) {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	return nil
}

func open(name string, flags int) error {
	fd, err := unix.Open(name, flags|unix.O_CLOEXEC, 0o600)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

func openat(dir int, name string) error {
	fd, err := unix.Openat(dir, name, unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// childModes tries the ways to make a file that lends its owner's rights.
func childModes() error {
	name := inTree("mail/new/1")
	if err := apply(confine.Policy{Write: []string{inTree("mail")}}); err != nil {
		return err
	}
	file, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		return err
	}
	for _, bits := range []uint32{unix.S_ISUID, unix.S_ISGID, unix.S_ISUID | unix.S_ISGID | 0o755} {
		attempts := map[string]error{
			"chmod":  unix.Chmod(name, bits),
			"fchmod": unix.Fchmod(int(file.Fd()), bits),
			"open":   openMode(inTree("mail/new/4"), bits),
			"mknod":  unix.Mknod(inTree("mail/new/5"), unix.S_IFREG|bits, 0),
		}
		for call, err := range attempts {
			if !errors.Is(err, unix.EPERM) {
				return fmt.Errorf("%s %#o: %v", call, bits, err)
			}
		}
		_, _, errno := unix.Syscall6(unix.SYS_FCHMODAT2, file.Fd(), 0, uintptr(bits), unix.AT_EMPTY_PATH, 0, 0)
		if errno != unix.EPERM {
			return fmt.Errorf("fchmodat2 %#o: %v", bits, errno)
		}
	}
	return os.Chmod(name, 0o1640)
}

func openMode(name string, mode uint32) error {
	fd, err := unix.Open(name, unix.O_CREAT|unix.O_WRONLY|unix.O_CLOEXEC, mode)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// childMissing names what is not there and a link whose target is elsewhere.
func childMissing() error {
	missing := filepath.Join(inTree("mail"), "none")
	report, err := confine.Apply(confine.Policy{
		Read: []string{missing, inTree("mail/new/link")}, Write: []string{inTree("none")},
	})
	if err != nil {
		return err
	}
	if len(report.Missing) != 2 {
		return fmt.Errorf("missing: %q", report.Missing)
	}
	for _, name := range []string{"outside/secret", "mail/new/link"} {
		if _, err := os.ReadFile(inTree(name)); err != nil {
			return err // the directories of the link and of its target
		}
	}
	return nil
}
