// Tpops is a POP3 server for Maildir.
package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"os/signal"
	"syscall"

	"tpops/pkg/config"
	"tpops/pkg/confine"
	"tpops/pkg/daemonize"
	"tpops/pkg/exit"
	"tpops/pkg/hook"
	"tpops/pkg/listen"
	"tpops/pkg/logs"
	"tpops/pkg/sd"
	"tpops/pkg/workers"
)

// version is set when a release is built.
var version = "0.9.0-dev"

func main() { os.Exit(run()) }

// run does what the command line asks for and returns the exit code.
func run() int {
	if hook.IsHelper() {
		return serveHook()
	}
	if workers.IsChild() {
		return new(program).serveAsChild()
	}
	if isForUnit(os.Args[1:]) {
		return checkInUnit(os.Args[1:])
	}
	hostname, err := os.Hostname()
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	p := &program{source: config.Source{Args: os.Args[1:], Getenv: os.Getenv, Hostname: hostname}}
	p.config, err = config.Load(p.source)
	var problems config.Problems
	switch {
	case errors.As(err, &problems) && problems.Usage():
		return exit.Fail(exit.Usage, fmt.Errorf("%w\ntry tpops --help", err))
	case err != nil:
		return exit.Fail(exit.Config, err)
	case p.config.Run.Help == "all":
		return exit.FailIf(config.WriteFullHelp(os.Stdout))
	case p.config.Run.Help == "yes":
		return exit.FailIf(config.WriteHelp(os.Stdout))
	case p.config.Run.Version:
		_, err := fmt.Printf("tpops %s (%s)\n", version, withPAM())
		return exit.FailIf(err)
	case p.config.Run.SampleConfig:
		return exit.FailIf(config.WriteSample(os.Stdout))
	case p.config.Run.CheckConfig:
		return p.check()
	case sd.Managed() && isEmpty(p.config.Run.ConfigFile):
		return exit.Fail(exit.Config, fmt.Errorf("%s: the file is empty", p.config.Run.ConfigFile))
	}
	p.source.MustExist = p.config.FileRead() // from now on, for reloads
	return p.start()
}

// isEmpty reports whether name is a regular file without content, such as a
// configuration file that was cut off while it was written to a full disk.
func isEmpty(name string) bool {
	info, err := os.Stat(name)
	return err == nil && info.Mode().IsRegular() && info.Size() == 0
}

// catchSignals makes signals something to be read, first of all, so that none
// ends a process that is about to start.
func (p *program) catchSignals() {
	slog.SetDefault(slog.New(slog.DiscardHandler)) // until there is a log
	// A log that nobody reads any more, or a client that has gone, is an error
	// of a write and no reason to die.
	signal.Ignore(syscall.SIGPIPE)
	p.signals = make(chan os.Signal, 8)
	signal.Notify(p.signals, syscall.SIGTERM, syscall.SIGINT, syscall.SIGHUP)
	if err := confine.NoCoreDumps(); err != nil { // They would contain passwords and mail.
		fmt.Fprintln(os.Stderr, "tpops:", err)
	}
}

// start finds out how the program was started, and serves accordingly.
func (p *program) start() int {
	p.catchSignals()
	sd.SetMemoryLimit()
	managed := sd.Managed()
	var err error
	if p.sockets, err = sd.Sockets(); err != nil {
		return exit.Fail(exit.System, err)
	}
	if p.notifier, err = sd.NewNotifier(); err != nil {
		return exit.Fail(exit.System, err)
	}
	connected := listen.OfKind(p.sockets, sd.Connected)
	switch {
	case len(connected) > 0:
		return p.servePassed(connected)
	case p.config.Run.Inetd:
		return p.serveStdin()
	case !p.config.Run.Foreground && !managed && !daemonize.InBackground():
		return goBackground()
	}
	return p.serve()
}

// goBackground serves in another process, and returns when that process serves
// or has ended.
func goBackground() int {
	code, err := daemonize.Start()
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	return code
}

// openLog opens the logs that are not files.
func (p *program) openLog() error {
	var err error
	if p.logs, err = logs.Open(p.config); err != nil {
		return err
	}
	p.logger = p.logs.Logger
	return nil
}
