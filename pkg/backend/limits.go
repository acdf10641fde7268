package backend

import (
	"slices"

	"tpops/pkg/config"
	"tpops/pkg/guard"
)

// Limits returns the limits that the guard enforces.
func Limits(c *config.Config) guard.Limits {
	l := guard.Limits{
		PerAddress: c.Limits.MaxPerAddress, PerUser: c.Limits.MaxPerUser, BeforeLogin: c.Limits.MaxBeforeLogin,
		GuessDelayMax: c.Limits.GuessDelayMax,
		// Proxies bring many clients; each is counted when its address is known.
		Exempt: slices.Concat(c.Limits.GuardExempt, c.Protocol.ProxyProtocolFrom, c.Protocol.XCLIENTFrom),
	}
	if l.BeforeLogin == 0 {
		l.BeforeLogin = (c.Processes.MaxServers + 1) / 2
	}
	return l
}
