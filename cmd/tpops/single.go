package main

import (
	"errors"
	"log/slog"
	"net"

	"tpops/pkg/backend"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/exit"
	"tpops/pkg/logs"
	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/usage"
	"tpops/pkg/workers"
)

// serveOne serves one session on the connection that connect returns, and returns the
// exit code. After login the process becomes the mailbox's owner, with no way back.
func (s *startup) serveOne(connect func() (net.Conn, pop3.Port, error)) int {
	l, err := logs.Open(s.config)
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	defer l.Close()
	recorder := s.openUsage(l.Logger)
	defer recorder.Close()
	conn, port, err := connect()
	if errors.Is(err, sd.ErrNotConnected) {
		return 0 // The client has gone already, which is not an error here.
	}
	if err != nil {
		return l.Fatal(s.notifier, exit.System, err)
	}
	if code, err := s.serveConn(conn, port, l, recorder); err != nil {
		return l.Fatal(s.notifier, code, err)
	}
	return 0
}

// serveConn serves the session. An error has its exit code.
func (s *startup) serveConn(conn net.Conn, port pop3.Port, l *logs.Logs, r *usage.Recorder) (code int, err error) {
	env := &backend.Environment{
		Implementation: implementation(), Log: l.Logger, PAM: &userdb.PAM{}, Background: inBackground, OneOfMany: true,
	}
	defer env.PAM.Close()
	b, err := s.open(l, env, true)
	if err != nil {
		return exit.Config, err
	}
	if port.TLS && b.TLS == nil {
		l.Logger.Error("TLS not configured", slog.String("address", "standard input"))
	}
	rights := backend.Rights(s.config, env, s.written()...)
	rights.BecomeOwnerAfterLogin(b.Backend)
	if err := errors.Join(env.Hook.Start(), rights.ConfineLogin()); err != nil {
		return exit.System, err
	}
	err = workers.ServeOne(workers.Single{
		Config: s.config, Log: l.Logger, Ended: recorded(l, r.Ended), Backend: b.Backend, Ready: s.notifier.Ready, Signals: s.signals, Asked: maildir.Asked,
	}, conn, port)
	if err != nil {
		return exit.System, err
	}
	// The client has gone. A service manager may kill what is left of this process, so
	// it stays for as long as the program of login-hook may run.
	env.Hook.Close(s.config.Hook.Timeout + hookWait)
	return 0, nil
}
