package main

import (
	"context"
	"log/slog"
	"os"
	"time"

	"tpops/pkg/workers"
)

// leaveTime bounds how long the keeper may take to end.
const leaveTime = 10 * time.Second

// leave takes this process out of the service, so that it can go on with so many sessions while
// systemd starts the next daemon. It returns false if there is no keeper to end for it.
func (d *daemon) leave(sessions int) bool {
	if d.notifier.KeeperGone() == nil {
		return false
	}
	d.left.Store(true)
	d.admin.close() // The next daemon makes its own sockets and files.
	d.pidFile()
	d.elders.Close() // The next daemon gets them too.
	if err := d.service.Offer(d.model); err != nil {
		d.log.Warn("sd_notify failed", slog.Any("error", err))
	}
	d.log.Info("sessions kept", slog.Int("sessions", sessions), slog.Int("pid", os.Getpid()))
	ctx, cancel := context.WithTimeout(context.Background(), leaveTime)
	defer cancel()
	if err := d.notifier.Release(ctx); err != nil {
		d.log.Warn("sd_notify failed", slog.Any("error", err))
		return false
	}
	return true
}

// endWithoutKeeper ends a daemon whose keeper was killed: systemd regards it as ended. One
// that has left the service goes on.
func (d *daemon) endWithoutKeeper() {
	if !d.left.Load() {
		d.stopping = true
		d.model.Stop(workers.Close, closeTime)
	}
}
