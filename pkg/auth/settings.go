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

// setting is a restriction that a row can contain for its user: as an extra
// field of a passwd-file, or in a column of that name.
type setting struct {
	name string // with "_", in whose place "-" is accepted too
	// set reads the value of the row. An error disables the account: a user must
	// not get in because a restriction was mistyped.
	set func(a *pop3.Account, text string) error
}

// settings are all settings. A row without one of them restricts nothing.
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

// SettingCount is how many settings there are.
const SettingCount = len(settings)

// SettingName returns the name of a setting, which is below SettingCount.
func SettingName(setting int) string { return settings[setting].name }

// SettingIndex returns the setting of a name, -1 if there is none.
func SettingIndex(name string) int {
	name = strings.ReplaceAll(name, "-", "_")
	return slices.IndexFunc(settings[:], func(s setting) bool { return strings.EqualFold(s.name, name) })
}

// Setting is the value that a row contains for one setting.
type Setting struct {
	Index int // below SettingCount
	Value string
}

// Apply sets what a row contains for its user. The same setting twice is an
// error, since either may be meant.
func (row *Row) Apply(all []Setting) error {
	var seen [SettingCount]bool
	for _, one := range all {
		s := &settings[one.Index]
		if seen[one.Index] {
			return fmt.Errorf("%s is set twice", s.name)
		}
		seen[one.Index] = true
		if err := s.set(&row.Account, one.Value); err != nil {
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

// maxNetworks is the longest list of networks.
const maxNetworks = 1000

// parseNetworks reads addresses and address/bits with commas between them, as
// Dovecot's allow_nets has them. Bits after the length are an error: 10.1.2.3/8 may mean
// one address or sixteen million.
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
			return nil, fmt.Errorf("%.60q is not a network such as 192.0.2.0/24 or 2001:db8::/32", one)
		}
		list = append(list, network)
	}
	return list, nil
}

// maxSessions is the highest quota. A higher one is a mistake.
const maxSessions = 1_000_000

// parseSessions reads a number of sessions, 0 for no quota.
func parseSessions(text string) (int, error) {
	n, err := strconv.Atoi(text)
	if err != nil || n < 0 || n > maxSessions {
		return 0, fmt.Errorf("must be from 0 to %d, not %.60q", maxSessions, text)
	}
	return n, nil
}

// parseLoginDelay reads a number of seconds. 0 means no delay, which is below 0 in an
// Account.
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

// maxLoginDelay is the longest delay. A longer one is a mistake.
const maxLoginDelay = 24 * time.Hour
