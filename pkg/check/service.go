package check

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"strconv"

	"tpops/pkg/config"
	"tpops/pkg/osuser"
	"tpops/pkg/unit"
)

// service is the user of the service, if this process has another user. A nil *service means
// that it has not.
type service struct {
	user, from string // its name, and what sets it
	// owner has its ids if the files have to be checked for it. It is nil if this process
	// becomes the user.
	owner *osuser.Owner
}

// serviceOf returns the user that the parameter user or the unit of the service names. Only
// root checks for another user.
func serviceOf(ctx context.Context, c *config.Config) (*service, error) {
	switch {
	case os.Geteuid() != 0:
		return nil, nil
	case c.Processes.User != "":
		return &service{user: c.Processes.User, from: "parameter user"}, nil
	case isStartedBySystemd() || !unit.IsInstalled(ctx):
		return nil, nil
	}
	name := unit.Serving(ctx)
	files, err := unit.Systemctl(ctx, "cat", name)
	if err != nil {
		return nil, err
	}
	return serviceOfUnit(name, unit.Settings(files, name))
}

// isStartedBySystemd reports whether this is ExecReload=, or the check in a temporary unit.
func isStartedBySystemd() bool { return os.Getenv("SYSTEMD_EXEC_PID") == strconv.Itoa(os.Getpid()) }

// serviceOfUnit returns the user of a unit, nil for root.
func serviceOfUnit(name string, settings []unit.Setting) (*service, error) {
	ids := unit.IdentityIn(settings)
	if ids.User == "" || ids.User == "root" || ids.User == "0" {
		return nil, nil
	}
	owner, err := osuser.Lookup(ids.User, ids.Group)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	for _, group := range ids.Groups {
		entry, err := osuser.Lookup("", group)
		if err != nil {
			return nil, fmt.Errorf("%s: SupplementaryGroups=: %w", name, err)
		}
		owner.Groups = append(owner.Groups, entry.GID)
	}
	return &service{user: ids.User, from: name, owner: owner}, nil
}

// warn logs a warning for each file that the configuration names and the user cannot use.
func (s *service) warn(c *config.Config, log *slog.Logger) {
	if s == nil || s.owner == nil {
		return
	}
	for _, f := range namedFiles(c) {
		if err := f.problemFor(s.owner); err != nil {
			warn(log, warning{f.parameter, fmt.Sprintf("the user %s of %s %v", s.user, s.from, err)})
		}
	}
}

// explain adds to an error that another user than that of the caller lacks a right.
func (s *service) explain(err error) error {
	if s == nil || s.owner != nil || !errors.Is(err, fs.ErrPermission) {
		return err
	}
	return fmt.Errorf("%w\nthe service runs as the user %s (%s): let this user read and write what the service needs", err, s.user, s.from)
}

// sentence returns whose rights the check has used, as a line; "" for those of the caller.
func (s *service) sentence() string {
	switch {
	case s == nil:
		return ""
	case s.owner == nil:
		return fmt.Sprintf("Checked with the rights of the user %s (%s).\n", s.user, s.from)
	}
	return fmt.Sprintf("Checked with the rights of root and without the sandbox, but %s runs as the user %s.\n", s.from, s.user)
}
