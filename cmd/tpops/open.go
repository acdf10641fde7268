package main

import (
	"fmt"
	"log/slog"
	"os"

	"tpops/pkg/backend"
	"tpops/pkg/backend/loginhook"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/check"
	"tpops/pkg/config"
	"tpops/pkg/identity"
	"tpops/pkg/logs"
	"tpops/pkg/watchdog"
)

// open takes the ids of the parameters user and group, and then opens with them what
// sessions need: after a reload the process could not open what these ids cannot
// open. It sets the Hook and the Verifier of env. single is set in a process that
// serves one connection.
func (s *startup) open(l *logs.Logs, env *backend.Environment, single bool) (*backend.Backend, error) {
	if err := logs.Create(s.config); err != nil {
		return nil, err
	}
	owner, err := identity.Become(s.config)
	if err != nil {
		return nil, err
	}
	if owner != nil {
		if _, err := config.Load(s.source); err != nil { // A reload has to read the file as this user.
			return nil, fmt.Errorf("as user %d: %w", owner.UID, err)
		}
	}
	if err := l.Reopen(s.config); err != nil {
		return nil, err
	}
	check.LogWarnings(s.config, single, l.Logger)
	if env.Hook, err = loginhook.New(s.config, l.Logger); err != nil {
		return nil, err
	}
	env.Verifier = backend.NewVerifier(openState(l.Logger), env.Guard)
	return backend.Open(s.config, env)
}

// openState opens what has to survive a restart so that clients cannot find out which
// users exist. An error is logged.
func openState(log *slog.Logger) *scramstate.State {
	state, err := scramstate.Open(os.Getenv("STATE_DIRECTORY"), "/etc/machine-id")
	if err != nil {
		log.Warn("SCRAM state not kept", slog.Any("error", err))
	}
	return state
}

// inBackground runs f in a goroutine.
func inBackground(f func()) { go f() }

// written returns the files and directories that this process writes after it has
// confined itself, besides those of the configuration. A directory that other programs
// use too is written for the watchdog only.
func (s *startup) written() []string {
	directory, own := watchdog.Directory(os.Getenv)
	if !own && s.notifier.Watchdog() == 0 {
		return []string{s.config.Run.PIDFile}
	}
	return []string{s.config.Run.PIDFile, directory}
}
