package main

import (
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"os/exec"
	"strconv"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/config"
	"tpops/pkg/hook"
	"tpops/pkg/pop3"
)

// hookVariable makes this program the helper for login-hook.
const hookVariable = "TPOPS_LOGIN_HOOK"

// What the helper's process is for.
const (
	hookSupervisor = "1" // starts the worker, again and again
	hookWorker     = "2" // starts the programs
)

// itself is this program, also when a later version has taken its name.
const itself = "/proc/self/exe"

// newHook returns the helper for login-hook, nil if that is not set. It is
// started before the process confines itself, which can start no programs then.
func (p *program) newHook() (*hook.Helper, error) {
	c := p.config
	if c.Hook.Program == "" {
		return nil, nil
	}
	if err := checkHook(c.Hook.Program); err != nil {
		return nil, c.Problem("login-hook", err)
	}
	cmd := &exec.Cmd{
		Path: itself, Env: []string{hookVariable + "=" + hookSupervisor},
		Args: []string{"tpops: login-hook", c.Hook.Program, c.Hook.Timeout.String(), strconv.Itoa(c.Hook.Max)},
	}
	return hook.New(cmd, p.hookFailed), nil
}

// startHook starts the helper for login-hook, which the children share, with the
// ids that they take: this process keeps its own. It returns the helper's socket,
// nil without a helper.
func (p *program) startHook() (*os.File, error) {
	owner, err := idsOf(p.config)
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

// checkHook returns why a program cannot or should not be started at each
// login. Whoever may change it would have the rights of the daemon.
func checkHook(path string) error {
	info, err := os.Stat(path)
	switch {
	case err != nil:
		return err
	case !info.Mode().IsRegular():
		return errors.New("is not a file")
	case info.Mode().Perm()&0o022 != 0:
		return fmt.Errorf("may be changed by others than its owner (its mode is %04o)", info.Mode().Perm())
	}
	if err := unix.Faccessat(unix.AT_FDCWD, path, unix.X_OK, unix.AT_EACCESS); err != nil {
		return fmt.Errorf("cannot be started: %w", err)
	}
	return nil
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
		p.logger.Error("login hooks are not started any more", slog.Any("error", err))
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
