package main

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
)

// writeFile writes a file whole or not at all. One that is there is left alone
// and an error, unless force is set.
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
		err = errors.Join(temp.Chmod(mode), temp.Sync())
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
