package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"syscall"
)

// writeFile writes a file whole or not at all. One that is there is left alone
// and an error, unless force is set; then its owner and group stay.
func writeFile(name string, content []byte, mode fs.FileMode, force bool) error {
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
		err = place(temp.Name(), name, force)
	}
	if remove := os.Remove(temp.Name()); !errors.Is(remove, fs.ErrNotExist) {
		err = errors.Join(err, remove)
	}
	if err != nil {
		return err
	}
	return syncFolder(folder)
}

// keepOwner gives a file owner and group of the one that it replaces, if there
// is one, so that whoever could read that can read it.
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

// place gives the finished file its name. A link fails if the name is taken.
func place(temp, name string, force bool) error {
	if force {
		return os.Rename(temp, name)
	}
	err := os.Link(temp, name)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already; -f replaces it", name)
	}
	return err
}

// syncFolder makes the new name last.
func syncFolder(name string) error {
	folder, err := os.Open(name)
	if err != nil {
		return err
	}
	return errors.Join(folder.Sync(), folder.Close())
}
