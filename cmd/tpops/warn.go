package main

import (
	"context"
	"fmt"
	"log/slog"
	"os"
	"slices"
	"syscall"

	"tpops/pkg/auth/mysql"
)

// descriptors is how many a session may need: connection, Maildir, lock, and
// the message that is being sent; or two connections if it is passed on.
func (p *program) descriptors() int {
	if p.config.Mailbox.Type == "proxy" {
		return 2
	}
	return 4
}

// warn logs parameters that are valid, but probably set by mistake.
func (p *program) warn() {
	if os.Geteuid() == 0 && p.config.Mailbox.Type == "maildir" && slices.ContainsFunc(p.config.Users.AuthType, hasNoOwners) && p.config.Processes.User == "" {
		p.doubt("user", "mailboxes without an owner of their own are served as root: set user")
	}
	for _, warning := range p.config.Warnings() {
		p.doubt("mysql-passwd", warning.Error())
	}
	if p.config.Processes.ParallelType == "prefork" && p.config.Processes.MinServers > p.config.Processes.MaxServers {
		p.doubt("min-servers", "it is larger than max-servers, which takes precedence")
	}
	if p.single {
		return // max-servers does not apply to a process that serves one connection.
	}
	each := p.descriptors()
	if p.config.Processes.ParallelType != "thread" {
		each = 1 // the control connection of a child
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err == nil && limit.Cur < uint64(each*p.config.Processes.MaxServers) {
		p.doubt("max-servers", fmt.Sprintf("sessions may need more descriptors than the limit of %d allows", limit.Cur))
	}
}

// hasNoOwners reports whether users of that kind may have mailboxes without an
// owner of their own.
func hasNoOwners(authType string) bool { return authType != "passwd" && authType != "pam" }

func (p *program) doubt(parameter, why string) {
	p.logger.Warn("configuration warning", slog.String("parameter", parameter), slog.String("error", why))
}

// ping asks the database whether it is there, in the background. Of children
// the first one does.
func (p *program) ping(users *mysql.Database) {
	switch {
	case p.checking:
	case p.child == nil:
		go p.pingDatabase(users)
	case p.child.Probe:
		p.child.Go(func() { p.pingDatabase(users) })
	}
}

// pingDatabase logs whether the database does not answer, or refuses the query, at
// the start. Logins are answered with a temporary error until it works.
func (p *program) pingDatabase(users *mysql.Database) {
	err := users.Ping(context.Background())
	switch {
	case err == nil:
	case mysql.Unreachable(err):
		p.logger.Warn("database unreachable", slog.Any("error", err))
	default:
		p.logger.Warn("database unusable", slog.Any("error", err))
	}
}
