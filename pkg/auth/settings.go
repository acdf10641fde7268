package auth

import (
	"fmt"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"tpops/pkg/pop3"
)

// setting is something that a row can say of how its user may use POP3: as an
// extra field of a passwd-file, or in a column of that name.
type setting struct {
	name string // with "_", in whose place "-" is as good
	// set takes over what the row says. An error closes the row: nobody may
	// get in because a restriction was mistyped.
	set func(a *pop3.Account, text string) error
}

// settings is the table of them. A row that is silent about one restricts
// nothing.
var settings = [...]setting{
	{"pop3", func(a *pop3.Account, text string) (err error) {
		a.NoPOP3, err = chosen(text, []string{"no", "false", "0"}, []string{"yes", "true", "1"})
		return err
	}},
	{"tls", func(a *pop3.Account, text string) (err error) {
		a.TLSOnly, err = chosen(text, []string{"required", "yes", "true", "1"}, []string{"optional", "no", "false", "0"})
		return err
	}},
	{"allow_nets", func(a *pop3.Account, text string) (err error) {
		a.Networks, err = parseNetworks(text)
		return err
	}},
	{"max_sessions", func(a *pop3.Account, text string) (err error) {
		a.MaxSessions, err = parseSessions(text)
		return err
	}},
	{"login_delay", func(a *pop3.Account, text string) (err error) {
		a.LoginDelay, err = parseLoginDelay(text)
		return err
	}},
	{"expire", func(a *pop3.Account, text string) (err error) {
		a.Expire, err = pop3.ParseExpire(strings.ToUpper(text))
		return err
	}},
}

// settingOf returns the index of the setting that a name stands for, or none.
func settingOf(name string) int {
	name = strings.ReplaceAll(name, "-", "_")
	return slices.IndexFunc(settings[:], func(s setting) bool { return strings.EqualFold(s.name, name) })
}

// said is what a row says of one setting.
type said struct {
	setting int // index of settings
	text    string
}

// apply takes over all that a row says. One that says something twice may mean
// either, so it is refused.
func apply(a *pop3.Account, all []said) error {
	var seen [len(settings)]bool
	for _, one := range all {
		s := &settings[one.setting]
		if seen[one.setting] {
			return fmt.Errorf("%s is there twice", s.name)
		}
		seen[one.setting] = true
		if err := s.set(a, one.text); err != nil {
			return fmt.Errorf("%s: %w", s.name, err)
		}
	}
	return nil
}

// chosen reports whether text is one of the words in yes; it must be one of
// those in no otherwise. Letters may be of either case.
func chosen(text string, yes, no []string) (bool, error) {
	is := func(word string) bool { return strings.EqualFold(word, text) }
	if slices.ContainsFunc(yes, is) {
		return true, nil
	}
	if slices.ContainsFunc(no, is) {
		return false, nil
	}
	return false, fmt.Errorf("must be %s, not %.60q", strings.Join(slices.Concat(yes, no), ", "), text)
}

// maxNetworks bounds a list of networks.
const maxNetworks = 1000

// parseNetworks reads addresses and address/bits with commas between them, as
// Dovecot's allow_nets has them. Bits behind the length are refused: who writes
// 10.1.2.3/8 may mean one address or sixteen million.
func parseNetworks(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for one := range strings.SplitSeq(text, ",") {
		one = strings.TrimSpace(one)
		if len(list) == maxNetworks {
			return nil, fmt.Errorf("more than %d networks", maxNetworks)
		}
		network, err := netip.ParsePrefix(one)
		if addr, errAddr := netip.ParseAddr(one); errAddr == nil && addr.Zone() == "" {
			network, err = netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
		}
		if err != nil || network.Masked() != network || network.Addr().Is4In6() {
			return nil, fmt.Errorf("%.60q is no network such as 192.0.2.0/24 or 2001:db8::/32", one)
		}
		list = append(list, network)
	}
	return list, nil
}

// maxSessions is the highest quota; what is above it is a mistake.
const maxSessions = 1_000_000

// parseSessions reads a number of sessions, 0 for no quota.
func parseSessions(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxSessions {
		return 0, fmt.Errorf("must be from 0 to %d, not %.60q", maxSessions, text)
	}
	return n, nil
}

// parseLoginDelay reads a number of seconds, 0 for no wait, which an Account
// tells from nothing said.
func parseLoginDelay(text string) (time.Duration, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > int(maxLoginDelay/time.Second) {
		return 0, fmt.Errorf("must be from 0 to %d seconds, not %.60q", int(maxLoginDelay/time.Second), text)
	}
	if n == 0 {
		return -1, nil
	}
	return time.Duration(n) * time.Second, nil
}

// maxLoginDelay is the longest wait that can be meant.
const maxLoginDelay = 24 * time.Hour
