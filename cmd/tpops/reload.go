package main

import (
	"errors"
	"log/slog"

	"tpops/pkg/config"
)

// reload reads the configuration again, for later sessions. After an error the
// previous configuration stays in force.
func (d *daemon) reload() {
	if err := d.notifier.Reloading(); err != nil {
		d.logger.Warn("sd_notify failed", slog.Any("error", err))
	}
	d.readAgain()
	if err := d.notifier.Ready(); err != nil {
		d.logger.Warn("sd_notify failed", slog.Any("error", err))
	}
}

func (d *daemon) readAgain() {
	next, err := config.Load(d.source)
	if err != nil {
		d.reloadFailed(err)
		return
	}
	changed := config.Changed(d.config, next)
	next.KeepRestart(d.config)
	if err := d.model.Reload(next); err != nil {
		d.reloadFailed(err)
		return
	}
	for _, parameter := range changed {
		if parameter.Restart {
			d.logger.Warn("restart required", slog.String("parameter", parameter.Name))
		}
	}
	d.config = next
	if d.guard != nil {
		d.guard.Forgive()
	}
	d.source.MustExist = next.FileRead()
	d.logger.Info("configuration reloaded")
}

func (d *daemon) reloadFailed(err error) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		d.logger.Error("configuration reload failed", slog.Any("error", err))
		return
	}
	for _, problem := range problems {
		d.logger.Error("configuration reload failed", slog.Any("error", problem))
	}
}
