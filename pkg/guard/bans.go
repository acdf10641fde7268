package guard

import (
	"errors"
	"fmt"
	"net/netip"
	"slices"
	"sync"
	"time"
)

// Ban is a network from which an operator wants no connections.
type Ban struct {
	Network      netip.Prefix
	Since, Until time.Time // in whole seconds
	UID          int       // of the operator
}

var (
	// errWide is the error for a network that is too large to be meant.
	errWide = errors.New("the network is too large: ban at most an IPv4 /8 or an IPv6 /16")
	// errExempt is the error for a network that the configuration exempts.
	errExempt = errors.New("the network is exempt by guard-exempt, proxy-protocol-from or xclient-from")
	// ErrFull is the error if maxBans networks are banned.
	ErrFull = fmt.Errorf("%d networks are banned, which is the maximum: lift some, or ban larger networks", maxBans)
)

// BanNetwork returns the network that is banned for p. Like the failed logins, bans do
// not distinguish the addresses of an IPv6 /64.
func BanNetwork(p netip.Prefix) (netip.Prefix, error) {
	address, bits := p.Addr().WithZone(""), p.Bits()
	if address.Is4In6() && bits >= 96 {
		address, bits = address.Unmap(), bits-96
	}
	least := 8
	if address.Is6() {
		least, bits = 16, min(bits, 64)
	}
	if bits < least {
		return netip.Prefix{}, errWide
	}
	return address.Prefix(bits)
}

// banList is the bans of the memory.
type banList struct {
	*mapping
	bans    *bans
	banning sync.Mutex // held while bans are changed
}

// unixNow returns the time of the bans.
func (l *banList) unixNow() uint64 { return uint64(l.now().Unix()) }

// Bans returns the present bans, ordered by network.
func (l *banList) Bans() []Ban {
	var all []Ban
	entries, now := l.bans.present(), l.unixNow()
	for i := range entries {
		if b, ok := entries[i].load(now); ok {
			all = append(all, b)
		}
	}
	slices.SortFunc(all, func(a, b Ban) int { return a.Network.Compare(b.Network) })
	return all
}

// AddBan bans a network of BanNetwork for a time, or changes the end of its ban. The
// error is errExempt or ErrFull. A network that contains exempt addresses is banned
// without them. Connections that are open stay. Only the process with the control
// socket may call it, from any goroutine.
func (g *Guard) AddBan(network netip.Prefix, wait time.Duration, uid int) (Ban, error) {
	if slices.ContainsFunc(g.limits.Exempt, func(e netip.Prefix) bool { return isWithin(network, e) }) {
		return Ban{}, errExempt
	}
	now := time.Unix(int64(g.unixNow()), 0)
	b := Ban{network, now, now.Add(max(wait, time.Second)), uid}
	return b, g.putBan(b)
}

// isWithin reports whether all addresses of a network are in another.
func isWithin(network, other netip.Prefix) bool {
	return other.Bits() <= network.Bits() && other.Contains(network.Addr())
}

// ExemptIn returns the exempt networks in a network that is banned.
func (g *Guard) ExemptIn(network netip.Prefix) (exempt []netip.Prefix) {
	for _, e := range g.limits.Exempt {
		if isWithin(e, network) {
			exempt = append(exempt, e)
		}
	}
	return exempt
}

// IsBanned reports whether new connections from an address are refused for a ban.
func (g *Guard) IsBanned(a netip.Addr) bool {
	_, found := g.ban(a)
	return found && !g.exempt(a)
}

// putBan stores a ban in the entry of its network, or in a free one.
func (l *banList) putBan(b Ban) error {
	l.banning.Lock()
	defer l.banning.Unlock()
	now, free := l.unixNow(), -1
	for i := range l.bans.entries {
		old, ok := l.bans.entries[i].load(now)
		if ok && old.Network == b.Network {
			free = i
			break
		}
		if !ok && free < 0 {
			free = i
		}
	}
	if free < 0 {
		return ErrFull
	}
	l.bans.entries[free].store(b)
	l.bans.used.Store(max(l.bans.used.Load(), uint64(free)+1))
	return nil
}

// LiftBans ends the bans that match and returns them. Only the process with the control
// socket may call it, from any goroutine.
func (l *banList) LiftBans(matches func(Ban) bool) (lifted []Ban) {
	l.banning.Lock()
	defer l.banning.Unlock()
	entries, now := l.bans.present(), l.unixNow()
	for i := range entries {
		if b, ok := entries[i].load(now); ok && matches(b) {
			entries[i].until.Store(0)
			lifted = append(lifted, b)
		}
	}
	return lifted
}

// ban returns the ban of an address that ends last.
func (l *banList) ban(a netip.Addr) (last Ban, found bool) {
	a = a.Unmap().WithZone("")
	entries, now := l.bans.present(), l.unixNow()
	for i := range entries {
		b, ok := entries[i].load(now)
		if ok && b.Network.Contains(a) && (!found || b.Until.After(last.Until)) {
			last, found = b, true
		}
	}
	return last, found
}

// KeepBans adds the bans of the memory of an earlier process.
func (l *banList) KeepBans(earlier []Ban) {
	for _, b := range earlier {
		if l.putBan(b) != nil {
			return // No more have room.
		}
	}
}
