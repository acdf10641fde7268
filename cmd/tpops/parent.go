package main

import (
	"net/netip"
	"os"
	"sync"

	"tpops/pkg/backend"
	"tpops/pkg/backend/loginhook"
	"tpops/pkg/check"
	"tpops/pkg/config"
	"tpops/pkg/identity"
	"tpops/pkg/logs"
	"tpops/pkg/workers"
)

// parent opens what the parent process of prefork and fork needs.
type parent struct {
	*startup
	*resources
	logs *logs.Logs
	warn func() // logs the warnings about the configuration, once
}

// newParent returns what the process models prefork and fork need: this process starts
// the children that serve.
func (s *startup) newParent(e workers.Environment, l *logs.Logs, listening []netip.AddrPort, r *resources) workers.Parent {
	p := &parent{startup: s, resources: r, logs: l}
	p.warn = sync.OnceFunc(func() { check.LogWarnings(s.config, false, l.Logger) })
	return workers.Parent{
		Environment: e, Listening: listening, Prepare: p.prepare, StartHook: p.startHook, RestoreLogs: logs.Restore,
		Certificates: func() []byte { return p.certificates.Copy() },
		Secrets: sync.OnceValues(func() ([]byte, *os.File) {
			state := openState(l.Logger)
			return backend.NewVerifier(state, nil).Salts(), state.Seen
		}),
	}
}

// prepare opens the log files of the parameters c, so that children can write to them
// too, and the certificates, to log those that are about to expire.
func (p *parent) prepare(c *config.Config) error {
	defer p.warn()
	if err := logs.Create(c); err != nil {
		return err
	}
	certificates, err := backend.OpenCertificates(c, nil, p.logs.Logger)
	if err != nil {
		return err
	}
	if err := p.logs.Reopen(c); err != nil {
		return err
	}
	p.certificates = certificates
	return nil
}

// startHook starts the helper for login-hook, which the children share, with the ids
// that they take: this process keeps its own. It returns the helper's socket, nil
// without a helper.
func (p *parent) startHook() (*os.File, error) {
	owner, err := identity.Of(p.config)
	if err != nil {
		return nil, err
	}
	if p.hook, err = loginhook.New(p.config, p.logs.Logger); err != nil {
		return nil, err
	}
	p.hook.As(owner.Credential())
	if err := p.hook.Start(); err != nil {
		return nil, err
	}
	return p.hook.File(), nil
}
