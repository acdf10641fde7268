package main

import (
	"fmt"
	"log/slog"
	"os"
	"slices"

	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/sd"
)

// guardName is under which systemd keeps the memory of the guard for the next
// process, however this one ends.
const guardName = "guard"

// openGuard takes over what an earlier process remembered of those who guess,
// or begins anew.
func (p *program) openGuard() error {
	p.guard = p.inheritedGuard()
	if p.guard != nil {
		return nil
	}
	memory, err := guard.New(p.config.Processes.MaxServers)
	if err != nil {
		return err
	}
	p.guard = memory
	if err := p.notifier.Store(guardName, memory.File()); err != nil {
		p.logger.Warn("sd_notify failed", slog.Any("error", fmt.Errorf("store the guard's memory: %w", err)))
	}
	return nil
}

// inheritedGuard returns the memory that systemd kept, nil if there is none
// that can be used.
func (p *program) inheritedGuard() *guard.Memory {
	var last *os.File
	for _, socket := range p.passed(sd.Stored) {
		if socket.Name == guardName {
			last = socket.File
		}
	}
	if last == nil {
		return nil
	}
	memory, err := guard.Attach(last, p.config.Processes.MaxServers)
	if err != nil {
		_ = last.Close() // It was for fewer sessions, or of another version of the program.
		if err := p.notifier.Remove(guardName); err != nil {
			p.logger.Warn("sd_notify failed", slog.Any("error", err))
		}
		return nil
	}
	memory.ReclaimAll() // Those who held places have ended.
	return memory
}

// limits returns what the guard holds clients to.
func limits(c *config.Config) guard.Limits {
	l := guard.Limits{
		PerAddress: c.Limits.MaxPerAddress, PerUser: c.Limits.MaxPerUser, BeforeLogin: c.Limits.MaxBeforeLogin,
		GuessDelayMax: c.Limits.GuessDelayMax,
		// Proxies bring many clients, and each is counted once it is known.
		Exempt: slices.Concat(c.Limits.GuardExempt, c.Protocol.ProxyProtocolFrom, c.Protocol.XCLIENTFrom),
	}
	if l.BeforeLogin == 0 {
		l.BeforeLogin = (c.Processes.MaxServers + 1) / 2
	}
	return l
}
