package maildir

import (
	"errors"
	"fmt"
	"path/filepath"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// A Maildir that is not there has never had a message, or its store is away: a
// file system is not mounted, a tree was moved. To take the second for the
// first makes clients forget their mail and fetch all of it again. So only the
// clear case counts as an empty mailbox.

// finder finds and opens the Maildir of an owner.
type finder struct {
	owner *osuser.Owner
	roots []string // as Options.Roots
}

// ErrNoMaildir means that there is no Maildir yet. It is no error of the client.
var ErrNoMaildir = errors.New("there is no Maildir")

// errMissing does not wrap ENOENT: what is missing is no single message.
var errMissing = errors.New("a directory of the Maildir is missing, its store is away")

// open opens the Maildir dir, or returns ErrNoMaildir.
func (f *finder) open(dir string) (int, error) {
	if fd := openUnlinked(dir); fd >= 0 {
		return fd, nil
	}
	r, err := resolve(dir)
	defer r.close()
	switch {
	case err == nil:
		fd, err := openDir(r.fd, ".", unix.O_RDONLY)
		if errors.Is(err, unix.EACCES) {
			err = f.denied(r, dir, err)
		}
		return fd, err
	case r.isOwnMissing(err):
		return -1, f.absent(r, dir)
	case errors.Is(err, unix.ENOENT):
		return -1, fmt.Errorf("%q is missing: its file system is not mounted, or for a new user it has to be made: %w",
			filepath.Join(r.at, r.rest[0]), unix.ENOENT)
	}
	return -1, err
}

// absent returns ErrNoMaildir if the Maildir is what is missing, or why that
// is not sure. r has reached the directory that it should be in.
func (f *finder) absent(r *resolver, dir string) error {
	if f.isOutside(r) {
		return f.outside(r, dir)
	}
	var stat unix.Stat_t
	if err := retry(func() error { return unix.Fstat(r.fd, &stat) }); err != nil {
		return err
	}
	if stat.Nlink == 0 {
		return fmt.Errorf("%q was removed, its store is away", r.at)
	}
	// A mount point whose file system is away is empty, and belongs to root.
	// A directory in which Maildirs are made belongs to their owner or group.
	if !owns(f.owner, stat.Uid) && !f.mayMake(r.fd, stat) && isEmpty(r.fd) {
		return fmt.Errorf("%q is empty and does not belong to the owner of the mail: "+
			"it may be a mount point whose file system is not mounted; "+
			"if all users are new, give it to the owner or the group of the mail", r.at)
	}
	return ErrNoMaildir
}

// mayMake reports whether the owner may make Maildirs in a directory because
// somebody gave it to his group. That all may do so says nothing: /var/mail is
// such a directory on some systems, and often a mount point.
func (f *finder) mayMake(dir int, stat unix.Stat_t) bool {
	return !owns(f.owner, 0) && stat.Mode&0o002 == 0 && retry(func() error { return askAccess(dir, ".") }) == nil
}

// owns reports whether uid is that of the owner, who is the process itself if
// it is nil.
func owns(owner *osuser.Owner, uid uint32) bool {
	if owner == nil {
		return int(uid) == unix.Geteuid()
	}
	return int(uid) == owner.UID
}

// isEmpty reports whether an open directory is known to have no entry. One that
// may not be read has at least one in most cases.
func isEmpty(dir int) bool {
	fd, err := openDir(dir, ".", unix.O_RDONLY)
	if err != nil {
		return false
	}
	defer unix.Close(fd)
	count := 0
	err = readDir(fd, make([]byte, 4096), func() error { return nil }, func(entry dirent) error {
		if name := string(entry.name); name != "." && name != ".." {
			count++
			return errNotEmpty
		}
		return nil
	})
	return err == nil && count == 0
}

var errNotEmpty = errors.New("not empty")

// denied returns the reason for which the Maildir may not be opened.
func (f *finder) denied(r *resolver, dir string, err error) error {
	if f.isOutside(r) {
		return f.outside(r, dir)
	}
	return err
}

// outside is the error of a Maildir that mail-roots does not cover.
func (f *finder) outside(r *resolver, dir string) error {
	what := dir
	if path := r.path(); path != dir {
		what += ", which is " + path + ","
	}
	return fmt.Errorf("maildrop %s is outside mail-roots (%s): add it, or a directory above it, to mail-roots: %w",
		what, strings.Join(f.roots, ", "), pop3.ErrPermanent)
}

// isOutside reports whether what r walks to is in none of the roots. Their
// links are resolved here, as they were for the kernel.
func (f *finder) isOutside(r *resolver) bool {
	if len(f.roots) == 0 {
		return false
	}
	path := r.path()
	for _, root := range f.roots {
		if real, err := filepath.EvalSymlinks(root); err == nil {
			root = real
		}
		if root = filepath.Clean(root); path == root || strings.HasPrefix(path, strings.TrimSuffix(root, "/")+"/") {
			return false
		}
	}
	return true
}
