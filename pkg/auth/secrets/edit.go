package secrets

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/colinmarc/cdb"
)

// Edit calls change with all entries of a file, login to password, and writes the
// changed entries to a new file that replaces the old one. A missing file counts as one
// without entries. If change returns an error, Edit writes nothing and returns the same
// error. Any other error is ErrBusy, one of Lookup, or a *WriteError. Goroutines and
// processes exclude each other. If the process is killed, the file is the old or the
// complete new one.
//
// A new file belongs to the caller and has mode 0600. Owner, group and mode of an
// existing file are kept, except that other users lose their rights.
func Edit(name string, change func(all map[string]string) error) error {
	// Otherwise the rename would replace a symbolic link, not its target.
	if target, err := filepath.EvalSymlinks(name); err == nil {
		name = target
	}
	unlock, err := lock(filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".lock"))
	if err != nil {
		return err
	}
	defer unlock()
	all, err := read(name)
	if errors.Is(err, fs.ErrNotExist) {
		all, err = map[string]string{}, nil
	}
	if err != nil {
		return err
	}
	if err := change(all); err != nil {
		return err
	}
	if err := replace(name, sorted(all)); err != nil {
		return &WriteError{Err: err}
	}
	return nil
}

// WriteError reports why the file could not be written. The old file is unchanged,
// unless only the directory could not be synced.
type WriteError struct{ Err error }

// Error returns the reason.
func (e *WriteError) Error() string { return "write password file: " + e.Err.Error() }

// Unwrap returns the reason.
func (e *WriteError) Unwrap() error { return e.Err }

// replace writes entries to a new file and renames it to name. The caller holds the
// lock, so an existing temporary file is left over from a writer that was killed.
func replace(name string, entries []Entry) error {
	temp := filepath.Join(filepath.Dir(name), "."+filepath.Base(name)+".new")
	if err := os.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	file, err := os.OpenFile(temp, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	err = errors.Join(fill(file, name, entries), file.Close())
	if err == nil {
		err = os.Rename(temp, name)
	}
	if err != nil {
		return errors.Join(err, os.Remove(temp))
	}
	return syncDir(filepath.Dir(name))
}

// fill writes entries, verifies them, and gives file the owner, group and mode of old.
func fill(file *os.File, old string, entries []Entry) error {
	w, err := cdb.NewWriter(file, nil)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if err := w.Put([]byte(e.Login), []byte(e.Password)); err != nil {
			return err
		}
	}
	// Unlike Close, Freeze completes the file and leaves it open.
	if _, err := w.Freeze(); err != nil {
		return err
	}
	if err := verify(file, entries); err != nil {
		return err
	}
	if err := takeOver(file, old); err != nil {
		return err
	}
	return file.Sync()
}

// verify looks up all entries: the library may lose an entry whose hash is 0, which one
// login in four billion has.
func verify(file *os.File, entries []Entry) error {
	db, err := newDatabase(file)
	if err != nil {
		return err
	}
	for _, e := range entries {
		if password, ok, err := db.get(e.Login); !ok || password != e.Password || err != nil {
			return errors.Join(fmt.Errorf("%q cannot be read again", e.Login), err)
		}
	}
	return nil
}

// takeOver gives file owner, group and mode of old, so that the new file has the same
// readers. The owner comes first, because chown clears bits of the mode.
func takeOver(file *os.File, old string) error {
	info, err := os.Stat(old)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	uid, gid := owner(info)
	if err := file.Chown(uid, gid); err != nil {
		return err
	}
	return file.Chmod(info.Mode().Perm() & 0o660)
}
