package config

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Kind is the kind of value that a parameter has.
type Kind string

// The kinds of values. On the command line all are words; the file may use the
// integers and booleans of TOML.
const (
	KindSwitch     Kind = "switch"                        // yes, no, true, false, on or off
	kindCount      Kind = "count"                         // whole number
	kindDuration   Kind = "duration"                      // seconds, or 90s, 10m, 1h, 7d
	kindText       Kind = "text"                          // any text
	KindPath       Kind = "path"                          // file name
	KindChoice     Kind = "choice"                        // one of Param.Values
	KindChoices    Kind = "choices"                       // some of Param.Values, separated by commas
	KindOwner      Kind = "name or number"                // user or group
	kindAddress    Kind = "address"                       // port or host:port
	kindServers    Kind = "servers"                       // addresses or paths, separated by commas
	kindPaths      Kind = "paths"                         // absolute paths, separated by commas
	kindNetworks   Kind = "networks"                      // address/bits or addresses, separated by commas
	kindClearLogin Kind = "networks, or yes, no or never" // separated by commas, each may begin with port=
	kindNames      Kind = "names"                         // of mechanisms, separated by commas
	KindSecret     Kind = "secret"                        // text that is never shown
)

// value connects a field of Config with the text of its parameter. set accepts
// everything that text returns, and stores the same value.
type value struct {
	kind   Kind
	values []string // of a choice
	set    func(string) error
	text   func() string
	clear  func()
}

// restore stores what text has returned.
func (v value) restore(text string) {
	if text == "" {
		v.clear()
		return
	}
	v.set(text) // It never fails.
}

// field returns a value for the field *p. parse also checks the range.
func field[T any](kind Kind, p *T, parse func(string) (T, error), format func(T) string) value {
	return value{
		kind: kind,
		set: func(s string) error {
			v, err := parse(s)
			if err == nil {
				*p = v
			}
			return err
		},
		text:  func() string { return format(*p) },
		clear: func() { *p = *new(T) },
	}
}

func yesNo(p *bool) value {
	return field(KindSwitch, p, parseSwitch, formatSwitch)
}

// helpSwitch is a switch that also accepts all, for --help=all.
func helpSwitch(p *string) value {
	return field(KindSwitch, p, parseHelp, func(s string) string { return s })
}

func parseHelp(s string) (string, error) {
	if strings.EqualFold(s, "all") {
		return "all", nil
	}
	on, err := parseSwitch(s)
	if err != nil {
		return "", fmt.Errorf("must be yes, no or all, not %s", show(s))
	}
	return formatSwitch(on), nil
}

func parseSwitch(s string) (bool, error) {
	switch strings.ToLower(s) {
	case "yes", "true", "on":
		return true, nil
	case "no", "false", "off":
		return false, nil
	}
	return false, fmt.Errorf("must be yes or no, not %s", show(s))
}

func formatSwitch(on bool) string {
	if on {
		return "yes"
	}
	return "no"
}

func count(p *int, least, most int) value {
	return field(kindCount, p, func(s string) (int, error) {
		n, err := strconv.Atoi(s)
		if err != nil && !errors.Is(err, strconv.ErrRange) {
			return 0, fmt.Errorf("must be a whole number, not %s", show(s))
		}
		if n < least || n > most {
			return 0, fmt.Errorf("must be from %d to %d, not %s", least, most, show(s))
		}
		return n, nil
	}, strconv.Itoa)
}

func duration(p *time.Duration, least, most time.Duration) value {
	return field(kindDuration, p, func(s string) (time.Duration, error) {
		d, err := ParseDuration(s)
		if err != nil {
			return 0, err
		}
		if d < least || d > most {
			return 0, fmt.Errorf("must be from %s to %s seconds, not %s",
				formatDuration(least), formatDuration(most), show(s))
		}
		return d, nil
	}, formatDuration)
}

// ParseDuration reads a time: a number of seconds, or 90s, 10m, 1h or 7d. It may be
// negative. The error says what a time looks like.
func ParseDuration(s string) (time.Duration, error) {
	n, err := strconv.ParseInt(s, 10, 64)
	if err == nil || errors.Is(err, strconv.ErrRange) {
		// No parameter allows the longest duration: the caller reports its range.
		const most = int64(math.MaxInt64 / time.Second)
		return time.Duration(min(max(n, -most), most)) * time.Second, nil
	}
	const day = 24 * time.Hour
	if days, found := strings.CutSuffix(s, "d"); found {
		if n, err := strconv.ParseUint(days, 10, 16); err == nil {
			return time.Duration(n) * day, nil
		}
	}
	d, err := time.ParseDuration(s)
	if err != nil {
		return 0, fmt.Errorf("must be a time such as 90, 90s, 10m, 1h or 7d, not %s", show(s))
	}
	return d, nil
}

func formatDuration(d time.Duration) string {
	if d%time.Second != 0 {
		return d.String()
	}
	return strconv.FormatInt(int64(d/time.Second), 10)
}

func choice(p *string, values ...string) value {
	v := field(KindChoice, p, func(s string) (string, error) {
		if !slices.Contains(values, s) {
			return "", fmt.Errorf("must be %s, not %s", orList(values), show(s))
		}
		return s, nil
	}, asIs)
	v.values = values
	return v
}

func asIs(s string) string { return s }

// orList joins words as in a sentence: a, b or c.
func orList(words []string) string {
	last := len(words) - 1
	if last < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// show quotes a value, so that it stays one readable line.
func show(s string) string {
	const most = 60
	if len(s) > most {
		return strconv.Quote(s[:most]) + "…"
	}
	return strconv.Quote(s)
}
