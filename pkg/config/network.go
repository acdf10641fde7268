package config

import (
	"fmt"
	"net/netip"
	"strings"
)

// networks is a list of networks, each address/bits or a single address.
func networks(p *[]netip.Prefix) value {
	return field(kindNetworks, p, parseNetworks, formatNetworks)
}

func parseNetworks(s string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for one := range strings.SplitSeq(s, ",") {
		network, err := parseNetwork(strings.TrimSpace(one))
		if err != nil {
			return nil, err
		}
		list = append(list, network)
	}
	return list, nil
}

// networksOrNone is a list of networks with a default; none is the empty list.
func networksOrNone(p *[]netip.Prefix) value {
	return field(kindNetworks, p, func(s string) ([]netip.Prefix, error) {
		if s == none {
			return nil, nil
		}
		return parseNetworks(s)
	}, func(list []netip.Prefix) string {
		if len(list) == 0 {
			return none
		}
		return formatNetworks(list)
	})
}

// parseNetwork rejects bits after the length: 10.1.2.3/8 may be meant as one
// address or as sixteen million.
func parseNetwork(s string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(s); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	network, err := netip.ParsePrefix(s)
	switch {
	case err != nil || network.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("must be networks such as 192.0.2.0/24 or 2001:db8::/32, separated by commas, not %s", show(s))
	case network.Masked() != network:
		return netip.Prefix{}, fmt.Errorf("must be a network: %s has bits set after /%d; write %s for the network or %s for the address",
			show(s), network.Bits(), network.Masked(), network.Addr())
	}
	return network, nil
}

// formatNetworks writes single addresses without their length.
func formatNetworks(list []netip.Prefix) string {
	var words []string
	for _, network := range list {
		if network.IsSingleIP() {
			words = append(words, network.Addr().String())
			continue
		}
		words = append(words, network.String())
	}
	return strings.Join(words, ",")
}
