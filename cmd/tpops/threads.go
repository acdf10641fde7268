package main

import (
	"context"
	"errors"
	"fmt"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// threads is parallel-type thread: this process serves all sessions.
type threads struct {
	program   *program
	listeners []listener
}

func (t *threads) open(listeners []listener) (int, error) {
	p := t.program
	if most := p.config.Processes.MaxServers; most < len(listeners) {
		// Each of them holds a place for the next connection.
		return exitConfig, p.config.Problem("max-servers", fmt.Errorf("%d is less than one for each of %d ports", most, len(listeners)))
	}
	t.listeners = listeners
	backend, err := p.settle()
	if err != nil {
		return exitConfig, err
	}
	if err := errors.Join(p.hook.Start(), p.confine()); err != nil {
		return exitSystem, err
	}
	p.server = pop3.NewServer(backend, p.config.Processes.MaxServers, p.logger, p.log.Access)
	p.takeOver(p.passed(sd.Stored))
	return 0, nil
}

func (t *threads) begin() {
	for _, l := range t.listeners {
		go func() { t.program.served <- t.program.server.Serve(l, l.port) }()
	}
}

func (t *threads) work() <-chan func() { return nil }

func (t *threads) tick(time.Time) {}

func (t *threads) stats() pop3.Stats { return t.program.server.Stats() }

func (t *threads) watch(ctx context.Context, interval time.Duration) {
	go t.program.watch(ctx, t.program.maildirOpener(t.program.config), interval)
}

func (t *threads) reload(next *config.Config) error {
	p := t.program
	running := p.certificates
	backend, err := p.newBackend(next)
	if err != nil {
		return err
	}
	if err := p.log.Reopen(p.logConfig(next)); err != nil {
		backend.Release()
		p.certificates = running
		return err
	}
	p.server.SetBackend(backend)
	return nil
}

func (t *threads) finish() {
	go func() {
		_ = t.program.server.Shutdown(context.Background()) // Its only error is that of the context.
		t.program.notifyStopped()
	}()
}

// drain finishes commands at work; then the sessions go on in the next process,
// or end if there will be none.
func (t *threads) drain() {
	p := t.program
	wait, followed := p.config.Processes.DrainTime, p.followed
	go func() {
		defer p.notifyStopped()
		ctx, cancel := context.WithTimeout(context.Background(), wait)
		defer cancel()
		sessions := p.server.Suspend(ctx)
		// Asked last: a restart may have become a stop, or a stop a restart.
		if followed || isRestarting() {
			p.handOver(sessions)
			return
		}
		p.server.Abandon(sessions...)
	}()
}

func (t *threads) close() {
	go func() {
		t.program.server.Close()
		t.program.notifyStopped()
	}()
}

func (t *threads) end() {}
