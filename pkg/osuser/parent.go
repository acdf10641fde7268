package osuser

import (
	"cmp"
	"fmt"
	"strings"

	"golang.org/x/sys/unix"
)

// parent is the directory of a file. The path to it contains no symbolic link that other
// users than root can change.
type parent struct {
	dir    int    // an open descriptor
	base   string // name of the file in the directory
	shared bool   // other users than root can change it, or a directory above it
	owner  int    // of the last directory of the path that does not belong to root; otherwise 0
}

// mostLinks is the maximum number of links in a path, as in the kernel.
const mostLinks = 40

// findParent finds the directory of a file, starting at the root directory. The caller
// closes dir. The error is that of the system, or that another user can change a link.
func findParent(name string) (*parent, error) {
	rest, err := absolute(name)
	if err != nil {
		return nil, err
	}
	p := &parent{dir: -1}
	if err := p.enter(unix.AT_FDCWD, "/"); err != nil {
		return nil, err
	}
	for links := 0; links <= mostLinks; {
		isLink := false
		rest, isLink, err = p.step(rest)
		if isLink {
			links++
		}
		if err != nil || p.base != "" {
			break
		}
	}
	if err == nil && p.base != "" {
		return p, nil
	}
	_ = unix.Close(p.dir) // Nothing was written to it.
	return nil, cmp.Or[error](err, unix.ELOOP)
}

// step follows one component of a path. It returns the remaining components, and whether
// this one was a link. At the last component it sets base.
func (p *parent) step(rest []string) (left []string, isLink bool, err error) {
	if len(rest) == 0 {
		return nil, false, unix.EISDIR
	}
	target, err := p.link(rest[0])
	switch {
	case err != nil:
		return nil, false, err
	case target != nil:
		return append(target, rest[1:]...), true, nil
	case len(rest) == 1:
		p.base = rest[0]
		return nil, false, nil
	}
	return rest[1:], false, p.enter(p.dir, rest[0])
}

// enter opens a directory in the directory at, and makes it dir.
func (p *parent) enter(at int, name string) error {
	fd, err := unix.Openat(at, name, unix.O_PATH|unix.O_DIRECTORY|unix.O_NOFOLLOW|unix.O_CLOEXEC, 0)
	if err != nil {
		return err
	}
	if p.dir >= 0 {
		_ = unix.Close(p.dir) // Nothing was written to it.
	}
	p.dir = fd
	var st unix.Stat_t
	if err := unix.Fstat(fd, &st); err != nil {
		return err
	}
	if st.Uid != 0 || st.Mode&0o022 != 0 {
		p.shared = true
	}
	if st.Uid != 0 {
		p.owner = int(st.Uid)
	}
	return nil
}

// link returns the components of the target of a link that belongs to root. It returns
// nil for a name that is not a link or does not exist.
func (p *parent) link(name string) ([]string, error) {
	var st unix.Stat_t
	err := unix.Fstatat(p.dir, name, &st, unix.AT_SYMLINK_NOFOLLOW)
	if err != nil || st.Mode&unix.S_IFMT != unix.S_IFLNK {
		return nil, nil // Opening it returns the error.
	}
	if p.shared || st.Uid != 0 {
		return nil, fmt.Errorf("%s is a symbolic link that other users than root can change", name)
	}
	buf := make([]byte, unix.PathMax)
	n, err := unix.Readlinkat(p.dir, name, buf)
	if err != nil {
		return nil, err
	}
	target := string(buf[:n])
	if strings.HasPrefix(target, "/") {
		if err := p.enter(unix.AT_FDCWD, "/"); err != nil {
			return nil, err
		}
	}
	return append([]string{}, parts(target)...), nil
}

// parts returns the components of a path.
func parts(path string) []string {
	return strings.FieldsFunc(path, func(r rune) bool { return r == '/' })
}
