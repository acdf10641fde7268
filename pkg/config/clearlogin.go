package config

import (
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ClearLogin says who may send a password without TLS: the parameter
// plaintext-login. The zero value is its default.
type ClearLogin struct {
	rule   clearRule
	places []clearPlace
}

// never is the value for clearNever.
const never = "never"

type clearRule int

const (
	clearAuto clearRule = iota // yes without a certificate, otherwise no
	clearNo
	clearNever // not even on this machine
	clearYes
	clearPlaces
)

// clearPlace is where it is allowed.
type clearPlace struct {
	port    uint16       // of ours, 0 for all
	network netip.Prefix // of clients, not valid for all
}

// MayLogInClear reports whether a client may send its password without TLS.
// local is the address it connected to; near says that it is on this machine,
// from where it always may, unless nobody may.
func (c *Config) MayLogInClear(local, remote netip.AddrPort, near bool) bool {
	if near {
		return c.TLS.PlaintextLogin.rule != clearNever
	}
	client := remote.Addr().Unmap().WithZone("")
	switch c.TLS.PlaintextLogin.rule {
	case clearAuto:
		return len(c.TLS.Cert) == 0
	case clearYes:
		return true
	}
	for _, p := range c.TLS.PlaintextLogin.places {
		if (p.port == 0 || p.port == local.Port()) && (!p.network.IsValid() || p.network.Contains(client)) {
			return true
		}
	}
	return false
}

func clearLogin(p *ClearLogin) value {
	return field(KindClearLogin, p, parseClearLogin, ClearLogin.text)
}

func parseClearLogin(s string) (ClearLogin, error) {
	switch on, err := parseSwitch(s); {
	case err != nil:
	case on:
		return ClearLogin{rule: clearYes}, nil
	default:
		return ClearLogin{rule: clearNo}, nil
	}
	if s == never {
		return ClearLogin{rule: clearNever}, nil
	}
	l := ClearLogin{rule: clearPlaces}
	for one := range strings.SplitSeq(s, ",") {
		place, err := parseClearPlace(strings.TrimSpace(one))
		if err != nil {
			return ClearLogin{}, err
		}
		l.places = append(l.places, place)
	}
	return l, nil
}

func parseClearPlace(s string) (clearPlace, error) {
	port, network, ok := strings.Cut(s, "=")
	if !ok {
		prefix, err := parseNetwork(s)
		if err != nil {
			return clearPlace{}, fmt.Errorf("unless it is yes, no or never it %w", err)
		}
		return clearPlace{network: prefix}, nil
	}
	number, err := strconv.ParseUint(port, 10, 16)
	if err != nil || number == 0 {
		return clearPlace{}, fmt.Errorf("must have a port from 1 to 65535 before the =, not %s", show(s))
	}
	place := clearPlace{port: uint16(number)}
	if network != "yes" {
		place.network, err = parseNetwork(network)
	}
	return place, err
}

// text returns what parseClearLogin understands as the same, "" for the
// default.
func (l ClearLogin) text() string {
	switch l.rule {
	case clearAuto:
		return ""
	case clearNo:
		return "no"
	case clearYes:
		return "yes"
	case clearNever:
		return never
	}
	var words []string
	for _, p := range l.places {
		word := "yes"
		if p.network.IsValid() {
			word = formatNetworks([]netip.Prefix{p.network})
		}
		if p.port != 0 {
			word = strconv.Itoa(int(p.port)) + "=" + word
		}
		words = append(words, word)
	}
	return strings.Join(words, ",")
}
