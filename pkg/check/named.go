package check

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/osuser"
)

// named is a file that a parameter names, and what the service does with it.
type named struct {
	parameter, path, does string
}

// What the service does with a file or a directory.
const (
	toRead   = "read"
	toWrite  = "write"
	toEnter  = "enter"
	toCreate = "create files in"
	toStart  = "execute"
)

// mode returns the mode of access(2).
func (f named) mode() uint32 {
	switch f.does {
	case toWrite:
		return unix.W_OK
	case toEnter, toStart:
		return unix.X_OK
	case toCreate:
		return unix.W_OK | unix.X_OK
	}
	return unix.R_OK
}

// namedFiles returns what the configuration names. Paths may be missing.
func namedFiles(c *config.Config) []named {
	all := []named{
		{"login-hook", c.Hook.Program, toStart},
		directoryOf("pid-file", c.Run.PIDFile), directoryOf("control-socket", c.Run.Control), directoryOf("metrics-listen", c.Run.Metrics),
	}
	for _, f := range c.ReadFiles() {
		all = append(all, named{f.Parameter, f.Path, toRead})
	}
	for _, f := range logFiles(c) {
		all = append(all, named{f.parameter, f.path, toWrite})
	}
	if c.Mailbox.Type == "maildir" {
		for _, root := range c.Mailbox.Roots {
			all = append(all, named{"mail-roots", root, toEnter})
		}
	}
	all = slices.DeleteFunc(all, func(f named) bool { return f.path == "" })
	slices.SortStableFunc(all, func(a, b named) int { return strings.Compare(a.parameter+a.path, b.parameter+b.path) })
	return all
}

// directoryOf returns the directory in which the service makes a file or a socket. What is
// no absolute path, such as none or an address, has none.
func directoryOf(parameter, path string) named {
	if !filepath.IsAbs(path) {
		return named{}
	}
	return named{parameter, filepath.Dir(path), toCreate}
}

// problemFor returns why a user cannot use a file, nil if the user can, or if the file is
// missing. This process has the right to act as the user.
func (f named) problemFor(o *osuser.Owner) error {
	err := o.Do(func() error { return access(f.path, f.mode()) })
	if f.does == toWrite && errors.Is(err, fs.ErrNotExist) {
		f = named{f.parameter, filepath.Dir(f.path), toCreate}
		return f.problemFor(o)
	}
	if err == nil || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, directory := range above(f.path) {
		if o.Do(func() error { return access(directory, unix.X_OK) }) != nil {
			return fmt.Errorf("cannot %s %s: %s: %w", f.does, f.path, directory, err)
		}
	}
	return fmt.Errorf("cannot %s %s: %w", f.does, f.path, err)
}

// access asks the kernel with the ids that apply to files.
func access(path string, mode uint32) error {
	return unix.Faccessat(unix.AT_FDCWD, path, mode, unix.AT_EACCESS)
}

// above returns the directories above a path, beginning at the root.
func above(path string) (all []string) {
	for directory := filepath.Dir(path); ; directory = filepath.Dir(directory) {
		all = append(all, directory)
		if directory == filepath.Dir(directory) {
			break
		}
	}
	slices.Reverse(all)
	return all
}
