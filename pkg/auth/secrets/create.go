package secrets

import (
	"fmt"
	"io/fs"
	"path/filepath"
)

// Create writes a new file with the entries, of which each login must be there
// once. It has mode 0600 and belongs to the caller. If there is such a file,
// the error wraps fs.ErrExist; with force all that is in it is replaced, while
// its owner, group and mode stay as Edit keeps them. Otherwise an error is
// ErrBusy or a *WriteError. Goroutines and processes exclude each other, and
// Edit; a kill at any point leaves no file, the old one or the new one whole.
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
