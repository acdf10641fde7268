package main

import (
	"errors"
	"log/slog"

	"tpops/pkg/config"
)

// reload reads the configuration again, for the sessions to come. Whatever is
// wrong with it, the one before stays.
func (p *program) reload() {
	if err := p.notifier.Reloading(); err != nil {
		p.logger.Warn("systemd not told", slog.Any("error", err))
	}
	p.readAgain()
	if err := p.notifier.Ready(); err != nil {
		p.logger.Warn("systemd not told", slog.Any("error", err))
	}
}

func (p *program) readAgain() {
	next, err := config.Load(p.source)
	if err != nil {
		p.reloadFailed(err)
		return
	}
	changed := config.Changed(p.config, next)
	next.KeepRestart(p.config)
	running := p.certificates
	backend, err := p.newBackend(next)
	if err != nil {
		p.reloadFailed(err)
		return
	}
	if err := p.log.Reopen(p.logConfig(next)); err != nil {
		backend.Release()
		p.certificates = running
		p.reloadFailed(err)
		return
	}
	p.server.SetBackend(backend)
	for _, parameter := range changed {
		if parameter.Restart {
			p.logger.Warn("parameter needs a restart", slog.String("parameter", parameter.Name))
		}
	}
	p.config = next
	p.source.MustExist = next.FileRead()
	p.logger.Info("configuration read")
}

func (p *program) reloadFailed(err error) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		p.logger.Error("configuration not used", slog.Any("error", err))
		return
	}
	for _, problem := range problems {
		p.logger.Error("configuration not used", slog.Any("error", problem))
	}
}
