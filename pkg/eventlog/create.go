package eventlog

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"

	"tpops/pkg/osuser"
)

// Create creates the log files that are missing with a mode and gives them to owner, the user
// that the daemon becomes: their directory may be writable by root only. See osuser.Create. It
// skips names that are "", and does nothing with a nil owner. The error is that of the system.
func Create(owner *osuser.Owner, mode os.FileMode, names ...string) error {
	if owner == nil {
		return nil
	}
	for _, name := range absolute(names) {
		if err := osuser.Create(name, mode, owner); err != nil {
			return err
		}
	}
	return nil
}

// Missing returns the names of log files that Create would create, or give to their owner, in a
// directory of root. In another directory root does not create files, since its owner could
// make the name a link.
func Missing(names ...string) []string {
	var missing []string
	for _, name := range absolute(names) {
		if isMissingBelowRoot(name) {
			missing = append(missing, name)
		}
	}
	return missing
}

func isMissingBelowRoot(name string) bool {
	if _, err := os.Lstat(name); !errors.Is(err, os.ErrNotExist) && !osuser.IsAbandoned(name) {
		return false
	}
	info, err := os.Stat(filepath.Dir(name))
	return err == nil && info.Sys().(*syscall.Stat_t).Uid == 0
}

// absolute returns the names that are set, as absolute paths.
func absolute(names []string) []string {
	var set []string
	for _, name := range names {
		if path, err := filepath.Abs(name); name != "" && err == nil {
			set = append(set, path)
		}
	}
	return set
}
