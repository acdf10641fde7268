package config

import (
	"errors"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
)

// ClearLogin is the parameter plaintext-login: which clients may send a password
// without TLS. The zero value is its default.
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

// clearPlace is a port and a network where it is allowed.
type clearPlace struct {
	port    uint16       // of the server, 0 for all
	network netip.Prefix // of clients, not valid for all
}

// MayLogInClear reports whether a client may send its password without TLS. local
// is the address that it connected to. A client on the same machine may always do
// so, except with never.
func (c *Config) MayLogInClear(local, remote netip.AddrPort, sameMachine bool) bool {
	if sameMachine {
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
	return field(kindClearLogin, p, parseClearLogin, ClearLogin.text)
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
			return clearPlace{}, errors.New("must be yes, no, never, or " + strings.TrimPrefix(err.Error(), "must be "))
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

// text returns the value in the form that parseClearLogin reads, "" for the
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
