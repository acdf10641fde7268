// Package loginhook connects the helper that starts login-hook to sessions, the
// configuration and the log.
package loginhook

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"syscall"

	"tpops/pkg/config"
	"tpops/pkg/exit"
	"tpops/pkg/hook"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// Main is the helper's process, which returns the exit code when the daemon has
// ended. It keeps the user and the group of the daemon, and, unless it is root,
// no other right of the daemon.
func Main() int { return codeOf(hook.Main(dropRights)) }

func dropRights() error {
	if os.Geteuid() == 0 {
		return nil
	}
	_ = syscall.Setgroups(nil) // Without the right to do this the daemon has no groups of its own.
	return osuser.Become(&osuser.Owner{UID: os.Geteuid(), GID: os.Getegid()})
}

func codeOf(err error) int {
	switch {
	case err == nil:
		return 0
	case errors.Is(err, hook.ErrUsage):
		return exit.Usage
	case errors.Is(err, hook.ErrRights):
		return exit.Rights
	}
	return exit.System
}

// New returns the helper for login-hook, nil without login-hook. The caller starts it
// before the process confines itself, since a confined process can start no programs,
// and closes it. The error, with its place, is that the program does not exist or
// that other users may change it.
func New(c *config.Config, log *slog.Logger) (*hook.Helper, error) {
	if c.Hook.Program == "" {
		return nil, nil
	}
	if err := hook.CheckProgram(c.Hook.Program); err != nil {
		return nil, c.Problem("login-hook", err)
	}
	return hook.New(hook.Command(c.Hook.Program, c.Hook.Timeout, c.Hook.Max), logFailure(log)), nil
}

// Attach returns the helper that the parent process has started, whose socket this
// process got, nil without a socket. The caller closes it. The error is that of the
// system.
func Attach(socket *os.File, log *slog.Logger) (*hook.Helper, error) {
	if socket == nil {
		return nil, nil
	}
	return hook.Attach(socket, logFailure(log))
}

// LoggedIn returns a function that starts the program of login-hook for a login, nil
// without login-hook. Sessions call it and do not wait for the program.
func LoggedIn(c *config.Config, helper *hook.Helper) func(*pop3.Account, *pop3.Client) {
	if c.Hook.Program == "" {
		return nil
	}
	return func(a *pop3.Account, client *pop3.Client) { helper.Tell(loginOf(a, client)) }
}

// loginOf returns the facts of a login that the program gets.
func loginOf(a *pop3.Account, client *pop3.Client) hook.Login {
	l := hook.Login{User: a.Name, Remote: "local", Session: client.Session, Maildir: a.Maildrop}
	if client.Remote.IsValid() {
		l.Remote, l.RemotePort = addressAndPort(client.Remote)
	}
	if client.Local.IsValid() {
		l.Local, l.LocalPort = addressAndPort(client.Local)
	}
	return l
}

func addressAndPort(a netip.AddrPort) (address, port string) {
	return a.Addr().String(), strconv.Itoa(int(a.Port()))
}

// logFailure returns a function that logs why a program failed.
func logFailure(log *slog.Logger) func(hook.Login, error) {
	return func(l hook.Login, err error) {
		switch {
		case errors.Is(err, hook.ErrGone):
			log.Error("login hook disabled", slog.Any("error", err))
		case errors.Is(err, hook.ErrDied): // It concerns no single login.
			log.Warn("login hook failed", slog.Any("error", err))
		default:
			log.Warn("login hook failed", slog.String("session", l.Session), slog.String("remote", l.Remote),
				slog.String("user", l.User), slog.Any("error", err))
		}
	}
}
