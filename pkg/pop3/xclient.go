package pop3

import (
	"context"
	"net/netip"
	"strconv"
	"strings"
)

// maxForwarded is how long the id of a session may be at the proxy, in octets.
const maxForwarded = 64

// xclientData is what a proxy reports of its client in XCLIENT.
type xclientData struct {
	addr     netip.Addr // not valid if not reported
	port     *uint16    // nil likewise
	destAddr netip.Addr
	destPort *uint16
	session  string // id of the session at the proxy, or ""
	hops     int    // proxies passed, -1 if not reported
}

// attributes is the table of attributes of XCLIENT; each row takes a value and
// reports whether it is one. What is not here is for others, such as HELO and
// FORWARD, or nothing to rely on, such as LOGIN, and is ignored.
var attributes = map[string]func(c *xclientData, value string) bool{
	"ADDR":     func(c *xclientData, value string) bool { return parseClaimAddr(&c.addr, value) },
	"PORT":     func(c *xclientData, value string) bool { return parseClaimPort(&c.port, value) },
	"DESTADDR": func(c *xclientData, value string) bool { return parseClaimAddr(&c.destAddr, value) },
	"DESTPORT": func(c *xclientData, value string) bool { return parseClaimPort(&c.destPort, value) },
	"SESSION":  (*xclientData).setSession,
	"TTL":      (*xclientData).setTTL,
}

// unavailable are the values of an attribute that a proxy does not know.
var unavailable = map[string]bool{"[UNAVAILABLE]": true, "[TEMPUNAVAIL]": true}

// handleXCLIENT takes the client for the one that a proxy names. There is no
// RFC for it; words and answer are those of Dovecot, which sends no second
// greeting. A proxy may send several such commands.
func (a *authorization) handleXCLIENT(_ context.Context, args []string) (reply, error) {
	if !a.Trusted {
		return reply{}, ErrCommand
	}
	c := xclientData{hops: -1}
	for _, arg := range args {
		name, value, found := strings.Cut(arg, "=")
		if !found {
			return reply{}, ErrXCLIENT
		}
		set, known := attributes[strings.ToUpper(name)]
		if known && !unavailable[strings.ToUpper(value)] && !set(&c, value) {
			return reply{}, ErrXCLIENT
		}
	}
	a.applyXCLIENT(&c)
	if refusal := a.s.applyLimits(false); refusal != nil {
		return reply{}, refusal
	}
	return ok("Updated")
}

// undoXCLIENT restores the addresses before XCLIENT.
func (a *authorization) undoXCLIENT() {
	a.s.Peer, a.s.Local, a.s.Near, a.s.Hops = a.Direct.Peer, a.Direct.Local, a.Direct.Near, a.Direct.Hops
	a.s.Remote, a.s.Forwarded, a.Direct = a.s.Peer.Addr().String(), "", nil
}

// applyXCLIENT replaces the addresses of the session. An address without a port
// gets none: the port before was another client's.
func (a *authorization) applyXCLIENT(c *xclientData) {
	if a.Direct == nil {
		a.Direct = &Ends{a.s.Peer, a.s.Local, a.s.Near, a.s.Hops}
	}
	a.s.Near = a.s.Near && (!c.addr.IsValid() || isNear(c.addr))
	a.s.Peer = claimed(a.s.Peer, c.addr, c.port)
	a.s.Local = claimed(a.s.Local, c.destAddr, c.destPort)
	a.s.Remote = a.s.Peer.Addr().String()
	if c.session != "" {
		a.s.Forwarded = c.session
	}
	if c.hops >= 0 {
		a.s.Hops = c.hops
	}
}

// claimed returns an address with what is claimed in its place.
func claimed(before netip.AddrPort, addr netip.Addr, port *uint16) netip.AddrPort {
	if addr.IsValid() {
		before = netip.AddrPortFrom(addr, 0)
	}
	if port != nil {
		before = netip.AddrPortFrom(before.Addr(), *port)
	}
	return before
}

func parseClaimAddr(to *netip.Addr, value string) bool {
	addr, err := netip.ParseAddr(value)
	*to = addr.Unmap()
	return err == nil && addr.Zone() == ""
}

func parseClaimPort(to **uint16, value string) bool {
	n, err := strconv.ParseUint(value, 10, 16)
	port := uint16(n)
	*to = &port
	return err == nil
}

// setSession takes an id that may stand in a log as it is.
func (c *xclientData) setSession(value string) bool {
	c.session = value
	return value != "" && len(value) <= maxForwarded &&
		strings.IndexFunc(value, func(r rune) bool { return r <= ' ' || r >= 0x7F }) < 0
}

// setTTL takes a TTL, of which only what is missing counts.
func (c *xclientData) setTTL(value string) bool {
	n, err := strconv.ParseUint(value, 10, 31)
	c.hops = max(0, MaxHops-int(n))
	return err == nil
}
