package maildir

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// maxLinks is how many symbolic links one path may lead through, as in the
// kernel (path_resolution(7)).
const maxLinks = 40

// resolver walks to a Maildir one name at a time. It follows a symbolic link
// only if root owns it: any other link was made by the user, or by anybody
// else who can write there, and could lead to the mail of another user.
//
// Each name is opened before its owner is asked and its target is read, so
// that a link cannot be exchanged in between.
type resolver struct {
	fd    int      // the directory reached, opened with O_PATH
	at    string   // its path, without links
	rest  []string // names still to walk
	links int      // symbolic links that were followed
	last  bool     // the last name of the path was one of them
}

// resolve walks to dir, which is clean and absolute. The caller closes r.fd.
// After an error r.at is the directory reached and r.rest are the names that
// are left, the first of which is the one that the error is about.
func resolve(dir string) (*resolver, error) {
	r := &resolver{fd: -1}
	if err := r.root(); err != nil {
		return r, err
	}
	r.rest = names(dir)
	for len(r.rest) > 0 {
		if err := r.step(r.rest[0]); err != nil {
			return r, err
		}
	}
	return r, nil
}

// root goes to the root directory.
func (r *resolver) root() error {
	fd, err := openAt(unix.AT_FDCWD, "/", unix.O_PATH|unix.O_DIRECTORY, 0)
	if err != nil {
		return err
	}
	r.enter(fd, "/")
	return nil
}

// enter makes an open directory the one that is reached.
func (r *resolver) enter(fd int, path string) {
	r.close()
	r.fd, r.at = fd, path
}

func (r *resolver) close() {
	if r.fd >= 0 {
		_ = unix.Close(r.fd)
		r.fd = -1
	}
}

// step walks one name on. A directory is asked for first: that is what has it
// mounted if it is an automount point.
func (r *resolver) step(name string) error {
	fd, err := openAt(r.fd, name, unix.O_PATH|unix.O_DIRECTORY, 0)
	if errors.Is(err, unix.ENOTDIR) {
		return r.stepOther(name)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", r.at, err)
	}
	r.enter(fd, filepath.Join(r.at, name))
	r.rest = r.rest[1:]
	return nil
}

// stepOther walks on through a name that is no directory.
func (r *resolver) stepOther(name string) error {
	fd, err := openAt(r.fd, name, unix.O_PATH, 0)
	if err != nil {
		return err
	}
	defer unix.Close(fd)
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(fd, &stat) }); err != nil {
		return err
	}
	if stat.Mode&unix.S_IFMT != unix.S_IFLNK {
		return fmt.Errorf("%q: %w", filepath.Join(r.at, name), unix.ENOTDIR)
	}
	return r.follow(fd, stat)
}

// follow puts the target of the open symbolic link fd in its place.
func (r *resolver) follow(fd int, stat unix.Stat_t) error {
	link := filepath.Join(r.at, r.rest[0])
	if stat.Uid != 0 {
		return fmt.Errorf("symbolic link %q belongs to user %d, and only links that belong to root are followed: %w",
			link, stat.Uid, pop3.ErrPermanent)
	}
	if r.links++; r.links > maxLinks {
		return fmt.Errorf("%q leads through more than %d symbolic links: %w", link, maxLinks, pop3.ErrPermanent)
	}
	target, err := readLink(fd)
	if err != nil {
		return fmt.Errorf("read symbolic link %q: %w", link, err)
	}
	r.last = r.last || len(r.rest) == 1
	rest := append(names(target), r.rest[1:]...)
	if filepath.IsAbs(target) {
		if err := r.root(); err != nil {
			return err
		}
	}
	r.rest = rest
	return nil
}

// readLink returns the target of a symbolic link that was opened with O_PATH.
func readLink(fd int) (string, error) {
	buf := make([]byte, unix.PathMax)
	var n int
	err := retry(func() (err error) {
		n, err = unix.Readlinkat(fd, "", buf)
		return err
	})
	if err == nil && (n == 0 || n == len(buf)) {
		err = unix.ENAMETOOLONG
	}
	if err != nil {
		return "", err
	}
	return string(buf[:n]), nil
}

// names returns the names in a path. ".." is one: what it stands for is only
// known once the directory before it is reached.
func names(path string) []string {
	var all []string
	for name := range strings.SplitSeq(path, "/") {
		if name != "" && name != "." {
			all = append(all, name)
		}
	}
	return all
}

// path returns what is being walked to, without the links followed so far.
func (r *resolver) path() string {
	return filepath.Join(append([]string{r.at}, r.rest...)...)
}

// isOwnMissing reports whether err is that the Maildir alone is missing, in a
// directory that is there. A link whose target is missing is not that: the
// link shows that there is a mailbox.
func (r *resolver) isOwnMissing(err error) bool {
	return errors.Is(err, unix.ENOENT) && len(r.rest) == 1 && !r.last
}
