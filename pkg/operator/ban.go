package operator

import (
	"context"
	"errors"
	"log/slog"
	"net/netip"
	"time"

	"tpops/pkg/control"
	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

// BanChange are the arguments of ban-add and ban-lift.
type BanChange struct {
	Network string `json:"network,omitempty"` // an address, or address/bits
	Seconds int64  `json:"seconds,omitempty"` // of a new ban, 1 to MaxBanTime
	All     bool   `json:"all,omitempty"`     // lift all bans
}

// MaxBanTime is the longest ban.
const MaxBanTime = guard.MaxBanTime

// Ban is a row of the commands ban-list, ban-add and ban-lift.
type Ban struct {
	Network string    `json:"network"`
	Since   time.Time `json:"since"`
	Until   time.Time `json:"until"`
	UID     int       `json:"uid"` // of the operator
	// Exempt are the networks in it from which connections are still accepted.
	Exempt []string `json:"exempt,omitempty"`
}

// BanAdded ends the answer of ban-add.
type BanAdded struct {
	Ended int `json:"ended"` // connections that had not logged in
}

// BanLifted ends the answer of ban-lift.
type BanLifted struct {
	// Within are banned networks that contain the network and are still banned.
	Within []string `json:"within,omitempty"`
}

// limits returns the guard with the present limits. The error is for the client.
func (e *Environment) limits() (*guard.Guard, error) {
	if g := e.Guard(); g != nil {
		return g, nil
	}
	return nil, &control.Error{Code: control.CodeNone, Message: "the daemon has no limits by address"}
}

// listBans answers with a row for each ban.
func (e *Environment) listBans(_ context.Context, _ *control.Request, a *control.Reply) (any, error) {
	g, err := e.limits()
	if err != nil {
		return nil, err
	}
	return nil, addBans(a, g, g.Bans())
}

// addBans adds rows to an answer.
func addBans(a *control.Reply, g *guard.Guard, bans []guard.Ban) error {
	for _, b := range bans {
		row := Ban{Network: b.Network.String(), Since: b.Since, Until: b.Until, UID: b.UID}
		for _, exempt := range g.ExemptIn(b.Network) {
			row.Exempt = append(row.Exempt, exempt.String())
		}
		if err := a.Row(row); err != nil {
			return err
		}
	}
	return nil
}

// network returns the network to ban. The error is for the client.
func (c *BanChange) network() (netip.Prefix, error) {
	network, err := parseNetwork(c.Network)
	if err == nil {
		network, err = guard.BanNetwork(network)
	}
	if err != nil {
		return network, &control.Error{Code: control.CodeArguments, Message: err.Error()}
	}
	return network, nil
}

// addBan bans a network and ends its connections that have not logged in. It answers
// with a row for the ban.
func (e *Environment) addBan(_ context.Context, r *control.Request, a *control.Reply) (any, error) {
	var c BanChange
	if err := r.Arguments(&c); err != nil {
		return nil, err
	}
	g, err := e.limits()
	if err != nil {
		return nil, err
	}
	network, err := c.network()
	if err != nil {
		return nil, err
	}
	if c.All || c.Seconds < 1 || c.Seconds > int64(MaxBanTime/time.Second) {
		return nil, &control.Error{Code: control.CodeArguments, Message: "a ban needs a time from 1 second to 366 days"}
	}
	wait := time.Duration(c.Seconds) * time.Second
	b, err := g.AddBan(network, wait, r.Peer.UID)
	switch {
	case errors.Is(err, guard.ErrFull):
		return nil, &control.Error{Code: control.CodeBusy, Message: err.Error()}
	case err != nil:
		return nil, &control.Error{Code: control.CodeArguments, Message: network.String() + ": " + err.Error()}
	}
	e.Log.Warn("ban added", slog.String("network", network.String()), slog.Duration("duration", wait), slog.Int("uid", r.Peer.UID))
	ended := e.Kick(func(s *pop3.SessionInfo) bool { return s.LoginAt.IsZero() && g.IsBanned(s.Peer.Addr()) })
	return BanAdded{len(ended)}, addBans(a, g, []guard.Ban{b})
}

// liftBan lifts the ban of a network, or all bans. It answers with a row for each.
func (e *Environment) liftBan(_ context.Context, r *control.Request, a *control.Reply) (any, error) {
	var c BanChange
	if err := r.Arguments(&c); err != nil {
		return nil, err
	}
	g, err := e.limits()
	if err != nil {
		return nil, err
	}
	var network netip.Prefix
	if !c.All {
		if network, err = c.network(); err != nil {
			return nil, err
		}
	}
	lifted := g.LiftBans(func(b guard.Ban) bool { return c.All || b.Network == network })
	for _, b := range lifted {
		e.Log.Warn("ban lifted", slog.String("network", b.Network.String()), slog.Int("uid", r.Peer.UID))
	}
	var end BanLifted
	if !c.All {
		end.Within = networksAround(g.Bans(), network)
	}
	return end, addBans(a, g, lifted)
}

// networksAround returns the banned networks that are larger than a network and contain
// it.
func networksAround(bans []guard.Ban, network netip.Prefix) (around []string) {
	for _, b := range bans {
		if b.Network.Bits() < network.Bits() && b.Network.Contains(network.Addr()) {
			around = append(around, b.Network.String())
		}
	}
	return around
}
