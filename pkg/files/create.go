package files

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// Create writes a file with this content and mode, completely or not at all. If the
// file exists, the error wraps fs.ErrExist and the file is unchanged; with force it
// is replaced, and keeps its owner and group. A symbolic link stays, and its target
// is replaced. Other errors are those of the system.
func Create(name string, content []byte, mode fs.FileMode, force bool) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
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
