package main

import (
	"net"
	"os"

	"tpops/pkg/config"
	"tpops/pkg/daemonize"
	"tpops/pkg/exit"
	"tpops/pkg/keeper"
	"tpops/pkg/listen"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// startup is what the process has from the operator and from the program that started
// it.
type startup struct {
	config   *config.Config
	source   config.Source // of the configuration, for reloads
	sockets  []sd.Socket   // that systemd passed
	notifier *sd.Notifier  // nil without systemd
	signals  <-chan os.Signal
}

// start finds out how the program was started, and serves accordingly. It returns the
// exit code.
func start(c *config.Config, source config.Source) int {
	s := &startup{config: c, source: source, signals: catchSignals()}
	sd.SetMemoryLimit()
	managed := sd.Managed()
	keep, err := s.inherit()
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	connected := listen.OfKind(s.sockets, sd.Connected)
	switch {
	case len(connected) > 0: // Accept=yes
		return s.serveOne(func() (net.Conn, pop3.Port, error) { return listen.PassedConn(connected) })
	case c.Run.Inetd:
		return s.serveOne(listen.Stdin)
	case keep:
		return s.keep()
	case !c.Run.Foreground && !managed && !daemonize.InBackground():
		return goBackground()
	}
	return s.serve()
}

// inherit takes what the program that started this process has passed, and reports whether
// this is the process that systemd has started, which does not serve itself.
func (s *startup) inherit() (keep bool, err error) {
	kept := sd.HasKeeper()
	if kept { // The kernel takes the name from how the program was executed.
		_ = os.WriteFile("/proc/self/comm", []byte("tpops"), 0) // The name is only for people.
	}
	if s.sockets, err = sd.Sockets(); err != nil {
		return false, err
	}
	s.notifier, err = sd.NewNotifier()
	return s.notifier != nil && !kept && os.Getenv("INVOCATION_ID") != "", err
}

// keep has another process serve, and returns when that process has ended or has left the
// service.
func (s *startup) keep() int {
	code, err := keeper.Run(s.notifier, s.sockets, s.signals)
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	return code
}

// goBackground serves in another process, and returns when that process serves or has
// ended.
func goBackground() int {
	code, err := daemonize.Start()
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	return code
}
