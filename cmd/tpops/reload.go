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
		p.logger.Warn("sd_notify failed", slog.Any("error", err))
	}
	p.readAgain()
	if err := p.notifier.Ready(); err != nil {
		p.logger.Warn("sd_notify failed", slog.Any("error", err))
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
	if err := p.parallel.reload(next); err != nil {
		p.reloadFailed(err)
		return
	}
	for _, parameter := range changed {
		if parameter.Restart {
			p.logger.Warn("restart required", slog.String("parameter", parameter.Name))
		}
	}
	p.config = next
	if p.guard != nil {
		p.guard.Forgive()
	}
	p.source.MustExist = next.FileRead()
	p.logger.Info("configuration reloaded")
}

func (p *program) reloadFailed(err error) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		p.logger.Error("configuration reload failed", slog.Any("error", err))
		return
	}
	for _, problem := range problems {
		p.logger.Error("configuration reload failed", slog.Any("error", problem))
	}
}
