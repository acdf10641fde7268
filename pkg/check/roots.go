package check

import (
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
)

// usualRoots are those that the packages set for all cases, so that some of them may
// be missing or read-only. tpops.service has the same list.
var usualRoots = [...]string{"/home", "/var/mail", "/var/vmail"}

// roots returns what is wrong with the directories of mail-roots. Mail must be
// available in at least one of them. A warning is logged for others that are missing.
func roots(c *config.Config, log *slog.Logger) []error {
	if c.Mailbox.Type != "maildir" {
		return nil
	}
	var all, problems []error
	var missing []string
	for _, root := range c.Mailbox.Roots {
		err := rootProblem(root)
		if err == nil {
			continue
		}
		all = append(all, c.Problem("mail-roots", err))
		switch {
		case slices.Contains(usualRoots[:], root):
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, err.Error())
		default:
			problems = append(problems, c.Problem("mail-roots", err))
		}
	}
	if len(all) == len(c.Mailbox.Roots) {
		return all
	}
	for _, m := range missing {
		warn(log, warning{"mail-roots", m})
	}
	return problems
}

// rootProblem returns why no mailbox below a directory can be served.
func rootProblem(root string) error {
	info, err := os.Stat(root)
	if errors.Is(err, fs.ErrPermission) {
		return nil // The owner of a mailbox may have rights that this process does not have.
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", root)
	}
	var system unix.Statfs_t
	if err := unix.Statfs(root, &system); err == nil && system.Flags&unix.ST_RDONLY != 0 {
		return fmt.Errorf("%s is read-only for this process: under systemd, add it to ReadWritePaths= of the service, see DROP-INS in tpops-systemd(7)", root)
	}
	return nil
}
