package operator

import (
	"context"
	"net/netip"
	"time"

	"tpops/pkg/control"
	"tpops/pkg/guard"
)

// BanQuestion are the arguments of ban-show. One of them is set.
type BanQuestion struct {
	Address string `json:"address,omitempty"`
	User    string `json:"user,omitempty"` // login name
}

// Standing is the row of the command ban-show: what the daemon remembers of an address or
// a user. See guard.Standing.
type Standing struct {
	Address     string    `json:"address,omitempty"`
	Counted     string    `json:"counted,omitempty"` // network whose addresses are counted together
	User        string    `json:"user,omitempty"`
	Failures    int       `json:"failures"`
	Delay       float64   `json:"delay"`          // in seconds
	Until       time.Time `json:"until,omitzero"` // when logins are not delayed any more
	Known       bool      `json:"known"`
	Exempt      bool      `json:"exempt"`
	Refused     bool      `json:"refused"`
	Connections int       `json:"connections"`
	Ban         *Ban      `json:"ban,omitempty"`
}

// showBan answers with one row.
func (e *Environment) showBan(_ context.Context, r *control.Request, a *control.Reply) (any, error) {
	var q BanQuestion
	if err := r.Arguments(&q); err != nil {
		return nil, err
	}
	g, err := e.limits()
	if err != nil {
		return nil, err
	}
	if (q.Address == "") == (q.User == "") {
		return nil, &control.Error{Code: control.CodeArguments, Message: "name an address or a user"}
	}
	if q.User != "" {
		row := newStanding(g.OfUser(q.User))
		row.User = bounded(q.User)
		return nil, a.Row(row)
	}
	address, err := netip.ParseAddr(q.Address)
	if err != nil {
		return nil, &control.Error{Code: control.CodeArguments, Message: err.Error()}
	}
	address = address.Unmap().WithZone("")
	row := newStanding(g.OfAddress(address))
	row.Address = address.String()
	if address.Is6() {
		row.Counted = netip.PrefixFrom(address, 64).Masked().String()
	}
	return nil, a.Row(row)
}

// newStanding returns the row without its name.
func newStanding(s guard.Standing) Standing {
	row := Standing{
		Failures: s.Failures, Delay: s.Delay.Seconds(), Until: s.Until, Known: s.Known, Exempt: s.Exempt,
		Refused: s.Refused, Connections: s.Connections,
	}
	if b := s.Ban; b != nil {
		row.Ban = &Ban{Network: b.Network.String(), Since: b.Since, Until: b.Until, UID: b.UID}
	}
	return row
}
