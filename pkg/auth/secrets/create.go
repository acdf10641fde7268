package secrets

import (
	"fmt"
	"io/fs"
	"path/filepath"
)

// Create writes a new file with the entries. No login may occur twice. The file has mode
// 0600 and belongs to the caller. If the file exists, the error wraps fs.ErrExist. With
// force the entries are replaced, and owner, group and mode are kept as by Edit. Any
// other error is ErrBusy or a *WriteError. Goroutines and processes exclude each other,
// and Edit. If the process is killed, there is no file, the old one or the complete new
// one.
func Create(name string, entries []Entry, force bool) error {
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	unlock, err := lock(filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	if !force && exists(name) {
		return &WriteError{Err: fmt.Errorf("%s: %w", name, fs.ErrExist)}
	}
	if err := replace(name, entries); err != nil {
		return &WriteError{Err: err}
	}
	return nil
}
