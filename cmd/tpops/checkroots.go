package main

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"log/slog"
	"os"
	"slices"

	"golang.org/x/sys/unix"
)

// countedLog counts what a log gets that is at least a warning.
type countedLog struct {
	slog.Handler
	found *int
}

// Handle counts a record and passes it on.
func (h *countedLog) Handle(ctx context.Context, r slog.Record) error {
	if r.Level >= slog.LevelWarn {
		*h.found++
	}
	return h.Handler.Handle(ctx, r)
}

// WithAttrs returns a handler that counts with this one.
func (h *countedLog) WithAttrs(attrs []slog.Attr) slog.Handler {
	return &countedLog{h.Handler.WithAttrs(attrs), h.found}
}

// WithGroup returns a handler that counts with this one.
func (h *countedLog) WithGroup(name string) slog.Handler {
	return &countedLog{h.Handler.WithGroup(name), h.found}
}

// usualRoots are those that the packages set for all cases, so that some of them may
// be missing or read-only. tpops.service has the same list.
var usualRoots = [...]string{"/home", "/var/mail", "/var/vmail"}

// checkRoots returns what is wrong with the directories of mail-roots. There must be
// one in which mail can be served. Others that are missing are a warning.
func (p *program) checkRoots() []error {
	if p.config.Mailbox.Type != "maildir" {
		return nil
	}
	var all, problems []error
	var missing []string
	for _, root := range p.config.Mailbox.Roots {
		err := rootProblem(root)
		if err == nil {
			continue
		}
		all = append(all, p.config.Problem("mail-roots", err))
		switch {
		case slices.Contains(usualRoots[:], root):
		case errors.Is(err, fs.ErrNotExist):
			missing = append(missing, err.Error())
		default:
			problems = append(problems, p.config.Problem("mail-roots", err))
		}
	}
	if len(all) == len(p.config.Mailbox.Roots) {
		return all
	}
	for _, m := range missing {
		p.doubt("mail-roots", m)
	}
	return problems
}

// rootProblem returns why no mailbox below a directory can be served.
func rootProblem(root string) error {
	info, err := os.Stat(root)
	if errors.Is(err, fs.ErrPermission) {
		return nil // The owner of a mailbox may be allowed what this process is not.
	}
	if err != nil {
		return err
	}
	if !info.IsDir() {
		return fmt.Errorf("%s is not a directory", root)
	}
	var system unix.Statfs_t
	if err := unix.Statfs(root, &system); err == nil && system.Flags&unix.ST_RDONLY != 0 {
		return fmt.Errorf("%s is read-only for this process: under systemd, add it to ReadWritePaths=", root)
	}
	return nil
}
