package check

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
)

// logFile is a log file and the parameter that names it.
type logFile struct{ parameter, path string }

func logFiles(c *config.Config) []logFile {
	all := []logFile{{"access-log", c.Log.Access}, {"error-log", c.Log.Errors}, {"usage-file", c.Log.Usage}}
	return slices.DeleteFunc(all, func(f logFile) bool { return f.path == "" })
}

// checkMissing returns why a log file that is missing could not be created.
func (f logFile) checkMissing(c *config.Config) error {
	if _, err := os.Lstat(f.path); !errors.Is(err, os.ErrNotExist) {
		return nil
	}
	err := unix.Faccessat(unix.AT_FDCWD, filepath.Dir(f.path), unix.W_OK|unix.X_OK, unix.AT_EACCESS)
	if err == nil {
		return nil
	}
	return c.Problem(f.parameter, fmt.Errorf("%s: %w", filepath.Dir(f.path), err))
}

// checkExisting returns why a log file that exists could not be written. The daemon does not
// wait for the reader of a pipe, and accepts none.
func (f logFile) checkExisting(c *config.Config) error {
	file, err := os.OpenFile(f.path, os.O_WRONLY|os.O_APPEND|unix.O_NONBLOCK, 0)
	if errors.Is(err, os.ErrNotExist) {
		return nil
	}
	if err == nil {
		err = errors.Join(checkKind(file), file.Close())
	}
	if err != nil {
		return c.Problem(f.parameter, err)
	}
	return nil
}

// checkKind returns an error for what the daemon does not accept as a log file.
func checkKind(file *os.File) error {
	info, err := file.Stat()
	if err == nil && !info.Mode().IsRegular() && info.Mode()&os.ModeCharDevice == 0 {
		err = fmt.Errorf("%s is not a regular file", file.Name())
	}
	return err
}
