package main

import (
	"errors"
	"log/slog"
	"net/netip"
	"os"
	"strconv"
	"syscall"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/exit"
	"tpops/pkg/hook"
	"tpops/pkg/identity"
	"tpops/pkg/osuser"
	"tpops/pkg/pop3"
)

// serveHook is the helper's process. It keeps the user and the group of the daemon,
// and, unless it is root, nothing else that the daemon has.
func serveHook() int {
	err := hook.Main(func() error {
		if os.Geteuid() == 0 {
			return nil
		}
		_ = syscall.Setgroups(nil) // Without the right to do that the daemon has no groups of its own.
		return osuser.Become(&osuser.Owner{UID: os.Geteuid(), GID: os.Getegid()})
	})
	switch {
	case errors.Is(err, hook.ErrUsage):
		return exit.Usage
	case errors.Is(err, hook.ErrRights):
		return exit.Rights
	case err != nil:
		return exit.System
	}
	return 0
}

// newHook returns the helper for login-hook, nil if that is not set. It is
// started before the process confines itself, which can start no programs then.
func (p *program) newHook() (*hook.Helper, error) {
	c := p.config
	if c.Hook.Program == "" {
		return nil, nil
	}
	if err := hook.CheckProgram(c.Hook.Program); err != nil {
		return nil, c.Problem("login-hook", err)
	}
	return hook.New(hook.Command(c.Hook.Program, c.Hook.Timeout, c.Hook.Max), p.hookFailed), nil
}

// startHook starts the helper for login-hook, which the children share, with the
// ids that they take: this process keeps its own. It returns the helper's socket,
// nil without a helper.
func (p *program) startHook() (*os.File, error) {
	owner, err := identity.Of(p.config)
	if err != nil {
		return nil, err
	}
	if p.hook, err = p.newHook(); err != nil {
		return nil, err
	}
	p.hook.As(owner.Credential())
	if err := p.hook.Start(); err != nil {
		return nil, err
	}
	return p.hook.File(), nil
}

// hookFor returns what has the program of login-hook started for a login, nil
// without one. The session does not wait for it.
func (p *program) hookFor(c *config.Config) func(*pop3.Account, *pop3.Client) {
	if c.Hook.Program == "" {
		return nil
	}
	return func(a *pop3.Account, client *pop3.Client) { p.hook.Tell(loginOf(a, client)) }
}

// loginOf returns what the program is told.
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

// hookFailed tells the log of a program that failed.
func (p *program) hookFailed(l hook.Login, err error) {
	if errors.Is(err, hook.ErrGone) {
		p.logger.Error("login hook disabled", slog.Any("error", err))
		return
	}
	if errors.Is(err, hook.ErrDied) {
		p.logger.Warn("login hook failed", slog.Any("error", err))
		return
	}
	p.logger.Warn("login hook failed", slog.String("session", l.Session), slog.String("remote", l.Remote),
		slog.String("user", l.User), slog.Any("error", err))
}

// hookPatience is how long the end of the daemon waits for programs at work:
// its successor shall not wait for them.
const hookPatience = time.Second
