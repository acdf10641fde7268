package main

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"sync/atomic"
	"syscall"
	"time"

	"tpops/pkg/exit"
	"tpops/pkg/guard"
	"tpops/pkg/handover"
	"tpops/pkg/listen"
	"tpops/pkg/maildir"
	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
	"tpops/pkg/workers"
)

// closeTime is how long SIGINT waits for sessions to release what they hold. A session
// that hangs in a file system must not keep the daemon running.
const closeTime = 5 * time.Second

// reclaimInterval is how long a killed process may keep its places.
const reclaimInterval = 10 * time.Second

// daemon supervises a process model: it obeys signals, and does once a second what is
// not part of a session.
type daemon struct {
	*startup
	*resources
	model    workers.Model
	admin    *admin
	pidFile  func() // removes it
	elders   *handover.Predecessors
	service  *handover.Service
	left     atomic.Bool // this process has left the service
	guard    *guard.Memory
	swept    time.Time // when reclaimEnded last freed places
	recent   *metrics.Recent
	begun    time.Time    // when the daemon began to serve
	expiry   atomic.Int64 // Unix time at which the first certificate expires, or 0
	log      *slog.Logger
	stopping bool       // the end of the daemon has been reported
	shown    pop3.Stats // in systemctl status
	busy     time.Time  // when there was last a session
}

// run serves until a signal ends the daemon, and returns the exit code, for an error
// too. SIGTERM waits until the sessions have ended, or under systemd until their
// commands have; SIGINT does not wait.
func (d *daemon) run() (code int, err error) {
	served := make(chan error, 1)
	go func() { served <- d.model.Serve() }()
	tick := time.NewTicker(time.Second)
	defer tick.Stop()
	d.shown, d.busy = pop3.Stats{Sessions: -1}, time.Now()
	pamEnded, keeperGone := d.pam.Ended(), d.notifier.KeeperGone()
	for {
		select {
		case s := <-d.signals:
			d.obey(s)
		case now := <-tick.C:
			d.tick(now)
		case <-pamEnded:
			pamEnded, code = nil, d.endWithoutPAM()
		case <-keeperGone:
			keeperGone = nil
			d.endWithoutKeeper()
		case err := <-served:
			if err != nil {
				return exit.System, err
			}
			d.logEnd()
			return code, nil
		}
	}
}

// logEnd logs why the daemon has ended.
func (d *daemon) logEnd() {
	if !d.stopping { // Only idle-exit stops a model otherwise.
		d.log.Info("idle exit", slog.Duration("idle", time.Since(d.busy).Round(time.Second)))
		d.reportStopping()
	}
	d.log.Info("stopped")
}

// obey carries out a signal.
func (d *daemon) obey(s os.Signal) {
	d.log.Info("signal received", slog.String("name", s.String()))
	switch s {
	case syscall.SIGHUP:
		if d.stopping { // The last sessions use the parameters that they have, perhaps for a long time.
			d.model.ReopenLogs()
		} else {
			d.reload()
		}
		go d.elders.ReopenLogs() // One of them may take a while to answer.
	case syscall.SIGTERM:
		if d.stopping && !d.left.Load() {
			return // A second one must not change what the first one began.
		}
		d.reportStopping()
		d.stop(workers.Drain)
	case syscall.SIGINT:
		d.reportStopping()
		d.model.Stop(workers.Close, closeTime)
	}
}

// stop ends the daemon when no session is left. Without systemd it waits until clients
// have ended the sessions. Under systemd it waits only for their commands.
func (d *daemon) stop(how workers.How) {
	if d.notifier == nil {
		d.model.Stop(workers.Finish, 0)
		return
	}
	wait := d.config.Processes.DrainTime
	d.log.Info("drain started", slog.Int("sessions", d.model.Stats().Sessions), slog.Duration("wait", wait))
	d.model.Stop(how, wait)
}

// reportStopping reports to systemd that the daemon ends, and how long that may take.
func (d *daemon) reportStopping() {
	d.stopping = true
	err := errors.Join(d.notifier.Stopping(), d.notifier.ExtendTimeout(d.config.Processes.DrainTime+handover.StoreTime))
	if err != nil {
		d.log.Warn("sd_notify failed", slog.Any("error", err))
	}
}

// tick shows in systemctl status what the daemon does, loads renewed certificates, has
// the guard end sessions that must make room, and ends a daemon that had no session
// for idle-exit if systemd will start it again with the next connection. Sessions of earlier
// processes count: without a daemon they could neither be listed nor ended.
func (d *daemon) tick(now time.Time) {
	stats := d.model.Stats()
	if stats != d.shown {
		d.notifier.Status(fmt.Sprintf("%d sessions, %d mailboxes, %d logins since start%s, version %s",
			stats.Sessions, stats.Mailboxes, stats.Logins, cacheStatus(d.mailboxes), version))
		d.shown = stats
	}
	limit := d.config.Processes.IdleExit
	if stats.Sessions > 0 || limit > 0 && d.elders.Any() {
		d.busy = now
	}
	d.certificates.Look()
	d.guard.Sweep()
	d.reclaimEnded(now)
	d.recent.Look(now)
	d.noteExpiry()
	if !d.stopping && limit > 0 && now.Sub(d.busy) >= limit && len(listen.Clients(d.sockets)) > 0 {
		d.model.Stop(workers.WhenIdle, 0)
	}
}

// reclaimEnded frees the places of processes that have ended and that no process of this
// daemon waits for: an earlier daemon that went on with sessions may be killed.
func (d *daemon) reclaimEnded(now time.Time) {
	if now.Sub(d.swept) >= reclaimInterval {
		d.swept = now
		d.guard.ReclaimEnded()
	}
}

// endWithoutPAM is for a daemon that can no longer ask PAM, and cannot start another
// helper. Under systemd it ends, with the exit code returned, and the next daemon
// continues the sessions. Otherwise, with 0, it goes on for users who are logged in;
// logins get a temporary error.
func (d *daemon) endWithoutPAM() int {
	d.log.Error("PAM process failed")
	if d.notifier == nil || d.stopping {
		return 0
	}
	d.reportStopping()
	d.stop(workers.Replace)
	return exit.System
}

// cacheStatus returns what systemctl status shows of a cache, with a comma
// before it.
func cacheStatus(c *maildir.Cache) string {
	s := c.Stats()
	if s.Hits+s.Misses == 0 {
		return ""
	}
	return fmt.Sprintf(", mailbox-cache: %d mailboxes, %d KiB, %d hits, %d misses, %d evictions",
		s.Mailboxes, s.Octets>>10, s.Hits, s.Misses, s.Evictions)
}
