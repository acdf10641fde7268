package files

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Create writes a file with this content and mode, completely or not at all. If the
// file exists, the error wraps fs.ErrExist and the file is unchanged; with force it
// is replaced, and keeps its owner and group. A symbolic link counts as a file that exists,
// also without a target. With force it stays, and its target is replaced or created. Other
// errors are those of the system.
func Create(name string, content []byte, mode fs.FileMode, force bool) error {
	if err := checkNew(name); err != nil && !force {
		return &fs.PathError{Op: "create", Path: name, Err: err}
	}
	name, err := targetOf(name)
	if err != nil {
		return err
	}
	folder := filepath.Dir(name)
	temp, err := os.CreateTemp(folder, "."+filepath.Base(name)+".*")
	if err != nil {
		return err
	}
	_, err = temp.Write(content)
	if err == nil {
		err = errors.Join(keepOwner(temp, name), temp.Chmod(mode), temp.Sync())
	}
	if err = errors.Join(err, temp.Close()); err == nil {
		err = moveTo(temp.Name(), name, force)
	}
	if remove := os.Remove(temp.Name()); !errors.Is(remove, fs.ErrNotExist) {
		err = errors.Join(err, remove)
	}
	if err != nil {
		return err
	}
	return syncFolder(folder)
}

// errNoTarget wraps fs.ErrExist.
var errNoTarget = fmt.Errorf("%w as a symbolic link to a file that does not exist", fs.ErrExist)

// checkNew returns why a name cannot be that of a new file. Another process may create it later.
func checkNew(name string) error {
	if _, err := os.Lstat(name); err != nil {
		return nil // It does not exist, or creating it returns the error.
	}
	if _, err := os.Stat(name); errors.Is(err, fs.ErrNotExist) {
		return errNoTarget
	}
	return fs.ErrExist
}

// mostLinks is the maximum number of links to a file, as in the kernel.
const mostLinks = 40

// targetOf returns the path of the file that symbolic links lead to, which need not exist. Its
// directory must.
func targetOf(name string) (string, error) {
	for range mostLinks {
		dir, base := filepath.Split(name)
		dir, err := filepath.EvalSymlinks(cmp.Or(dir, "."))
		if err != nil {
			return "", err
		}
		name = filepath.Join(dir, base)
		target, err := os.Readlink(name)
		if err != nil {
			return name, nil // It is no link.
		}
		if name = target; !filepath.IsAbs(target) {
			name = dir + "/" + target
		}
	}
	return "", &fs.PathError{Op: "open", Path: name, Err: syscall.ELOOP}
}

// keepOwner sets owner and group of a new file to those of the file that it
// replaces, if there is one: the same users can read it.
func keepOwner(file *os.File, old string) error {
	info, err := os.Stat(old)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	stat := info.Sys().(*syscall.Stat_t)
	return file.Chown(int(stat.Uid), int(stat.Gid))
}

// moveTo gives the finished file its name. Unlike a rename, a link fails if the
// name exists.
func moveTo(temp, name string, force bool) error {
	if force {
		return os.Rename(temp, name)
	}
	return os.Link(temp, name)
}

// syncFolder makes the new name permanent.
func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
