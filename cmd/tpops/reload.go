package main

import (
	"errors"
	"log/slog"

	"tpops/pkg/check"
	"tpops/pkg/config"
)

// reload reads the configuration again, for later sessions. After an error the
// previous configuration stays in force.
func (d *daemon) reload() {
	if err := d.notifier.Reloading(); err != nil {
		d.log.Warn("sd_notify failed", slog.Any("error", err))
	}
	if err := d.readAgain(); err != nil {
		d.logReloadErrors(err)
	}
	if err := d.notifier.Ready(); err != nil {
		d.log.Warn("sd_notify failed", slog.Any("error", err))
	}
}

func (d *daemon) readAgain() error {
	next, err := config.Load(d.source)
	if err != nil {
		return err
	}
	changed := config.Changed(d.config, next)
	next.KeepRestart(d.config)
	if err := d.model.Reload(next); err != nil {
		return err
	}
	for _, parameter := range changed {
		if parameter.Restart {
			d.log.Warn("restart required", slog.String("parameter", parameter.Name))
		}
	}
	check.LogDeprecated(next.Deprecated(), d.log)
	d.config = next
	d.guard.Forgive()
	d.admin.enforce(d.guard, next)
	d.source.MustExist = next.FileRead()
	d.log.Info("configuration reloaded")
	return nil
}

// logReloadErrors logs an event for each error of the configuration.
func (d *daemon) logReloadErrors(err error) {
	var problems config.Problems
	if !errors.As(err, &problems) {
		d.log.Error("configuration reload failed", slog.Any("error", err))
		return
	}
	for _, problem := range problems {
		d.log.Error("configuration reload failed", slog.Any("error", problem))
	}
}
