package osuser

import (
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"

	"golang.org/x/sys/unix"
)

// OpenFile opens a file like os.OpenFile, but safely for root in a directory of another
// user, who could plant links to other files. Use it for each file that a privileged
// process makes or writes: pid-file, access-log and error-log, at startup, at a reload
// and at the end.
//
// If the process is root:
//
//   - OpenFile does not follow a symbolic link below a directory that other users can
//     change.
//   - The file must be a regular file with one name, or a device in a directory of root.
//   - The file must belong to the owner of its directory. A new file gets that owner. So
//     does an empty file of root, if it may be made: see Create.
//
// OpenFile never waits, not even for a pipe. A process that is not root follows links
// with its own rights. The errors are those of the system, or name the problem of the
// path. The caller closes the file.
func OpenFile(name string, flag int, mode os.FileMode) (*os.File, error) {
	if os.Geteuid() != 0 {
		return openPlain(name, flag, mode)
	}
	p, err := findParent(name)
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	defer unix.Close(p.dir)
	f, err := p.open(name, flag, uint32(mode.Perm()))
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return f, nil
}

// Remove removes a file like os.Remove, and treats links like OpenFile. The error is that
// of the system, or names the problem of the path.
func Remove(name string) error {
	if os.Geteuid() != 0 {
		return os.Remove(name)
	}
	p, err := findParent(name)
	if err == nil {
		defer unix.Close(p.dir)
		err = unix.Unlinkat(p.dir, p.base, 0)
	}
	if err != nil {
		return &fs.PathError{Op: "remove", Path: name, Err: err}
	}
	return nil
}

// openPlain opens a file with the rights of the process.
func openPlain(name string, flag int, mode os.FileMode) (*os.File, error) {
	f, err := os.OpenFile(name, flag&^os.O_TRUNC|unix.O_NONBLOCK, mode)
	if err != nil {
		return nil, err
	}
	if err := checkKind(f, flag); err != nil {
		return nil, closeWith(f, &fs.PathError{Op: "open", Path: name, Err: err})
	}
	return f, nil
}

// always are the flags with which root opens each file: it follows no link and does not
// wait.
const always = unix.O_NOFOLLOW | unix.O_NONBLOCK | unix.O_CLOEXEC

// open opens or makes the file in its directory. It truncates the file only after all
// checks.
func (p *parent) open(name string, flag int, mode uint32) (*os.File, error) {
	fd, err := p.openFD(flag, mode)
	if err == unix.ELOOP {
		return nil, fmt.Errorf("is a symbolic link in a directory that user %d can change", p.owner)
	}
	if err != nil {
		return nil, err
	}
	f := os.NewFile(uintptr(fd), name)
	if flag&os.O_CREATE != 0 && p.owner != 0 {
		err = give(fd, p.owner, -1)
	}
	if err == nil {
		err = p.check(f)
	}
	if err == nil {
		err = checkKind(f, flag)
	}
	if err != nil {
		return nil, closeWith(f, err)
	}
	return f, nil
}

// openFD opens the file, or makes it. Another process may make it at the same time.
func (p *parent) openFD(flag int, mode uint32) (fd int, err error) {
	uid := -1
	if p.owner != 0 {
		uid = p.owner
	}
	if flag&os.O_EXCL != 0 {
		if err := p.make(mode, uid, -1); err != nil {
			return -1, err
		}
	}
	for range 3 {
		fd, err = unix.Openat(p.dir, p.base, flag&^(os.O_TRUNC|os.O_CREATE|os.O_EXCL)|always, 0)
		if err != unix.ENOENT || flag&os.O_CREATE == 0 {
			return fd, err
		}
		if err = p.make(mode, uid, -1); err != nil && err != unix.EEXIST {
			return -1, err
		}
	}
	return -1, err
}

// check returns an error if a file may be a hard link to a file of another user.
func (p *parent) check(f *os.File) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	st := info.Sys().(*syscall.Stat_t)
	switch {
	case p.owner != 0 && int(st.Uid) != p.owner:
		return fmt.Errorf("belongs to user %d, but its directory to user %d", st.Uid, p.owner)
	case p.owner != 0 && !info.Mode().IsRegular():
		return errNotRegular
	case p.shared && info.Mode().IsRegular() && st.Nlink > 1:
		return fmt.Errorf("has %d names, one of them in a directory that other users can change", st.Nlink)
	}
	return nil
}

const errNotRegular = textError("is not a regular file")

// textError is an error that is only a text.
type textError string

func (e textError) Error() string { return string(e) }

// checkKind returns an error unless a file is regular or a device. It truncates a regular
// file if flag contains os.O_TRUNC.
func checkKind(f *os.File, flag int) error {
	info, err := f.Stat()
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() && info.Mode()&fs.ModeCharDevice == 0 {
		return errNotRegular
	}
	if flag&os.O_TRUNC != 0 && info.Mode().IsRegular() {
		return f.Truncate(0)
	}
	return nil
}

func closeWith(f *os.File, err error) error {
	_ = f.Close() // The other error is the reason.
	return err
}

// absolute returns the components of the absolute path.
func absolute(name string) ([]string, error) {
	name, err := filepath.Abs(name)
	return parts(name), err
}
