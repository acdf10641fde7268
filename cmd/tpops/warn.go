package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"syscall"

	"tpops/pkg/auth"
)

// descriptors is how many a session may need: connection, Maildir, lock, and
// the message that is being sent.
const descriptors = 4

// warn tells the log what works and still is hardly meant to be so.
func (p *program) warn() {
	if os.Geteuid() == 0 && slices.ContainsFunc(p.config.AuthType, hasNoOwners) && p.config.User == "" {
		p.doubt("user", "mailboxes without an owner of their own are served as root")
	}
	for _, warning := range p.config.Warnings() {
		p.doubt("mysql-passwd", warning.Error())
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil && limit.Cur < uint64(descriptors*p.config.MaxServers) {
		p.doubt("max-servers", fmt.Sprintf("sessions may need more descriptors than the limit of %d allows", limit.Cur))
	}
}

// hasNoOwners reports whether users of that kind may have mailboxes without an
// owner of their own.
func hasNoOwners(authType string) bool { return authType != "passwd" && authType != "pam" }

func (p *program) doubt(parameter, why string) {
	p.logger.Warn("configuration warning", slog.String("parameter", parameter), slog.String("error", why))
}

// pingDatabase tells the log when the database does not answer at the start.
// Logins are answered with a temporary error until it does.
func (p *program) pingDatabase(users *auth.MySQL) {
	if err := users.Ping(context.Background()); err != nil {
		p.logger.Warn("database does not answer", slog.Any("error", err))
	}
}
