package main

import (
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"net/netip"
	"strconv"
	"strings"
	"time"

	"tpops/pkg/operator"
)

const banHelp = `Refuse connections from a network for a time, and show what the daemon remembers
of an address or a user.

  list               the present bans
  add NETWORK        ban an address or a network (address/bits)
  lift NETWORK       end the ban of exactly this address or network
  show ADDRESS|USER  failed logins, delay and ban

  --for TIME         how long to ban: 90s, 10m, 1h, 7d (1h)
  --all              with lift: all bans
  --user             with show: it is a user, even if it looks like an address
  --json             one JSON object per ban
  --socket PATH      the control socket (/run/tpops/control)

Connections that have not logged in are ended; for others see kick. An IPv6
address stands for its /64, because the addresses of a /64 are counted together.
Networks in guard-exempt, proxy-protocol-from and xclient-from are never banned.
A ban outlasts a reload, and a restart by systemd. At most 1024 networks can be
banned. The log has an event for each ban, with your user id.

The exit code is 0, or 1 if there is no such ban to lift, 64 if the network may
not be banned, 69 if tpops is not running, 75 if too many networks are banned,
77 if you may not use the socket.
`

// banOptions are the options of the subcommand ban.
type banOptions struct {
	controlOptions
	wait      string
	all, user bool
}

func prepareBan(flags *flag.FlagSet) action {
	o := &banOptions{}
	o.declare(flags)
	flags.StringVar(&o.wait, "for", "", "")
	flags.BoolVar(&o.all, "all", false, "")
	flags.BoolVar(&o.user, "user", false, "")
	return o.run
}

// run carries out the action that the first operand names.
func (o *banOptions) run(operands []string, s streams) error {
	name, rest := operands[0], operands[1:]
	need := 1
	if name == "list" || name == "lift" && o.all {
		need = 0
	}
	var carryOut func(operand string, s streams) error
	switch name {
	case "list":
		carryOut = o.list
	case "add":
		carryOut = o.add
	case "lift":
		carryOut = o.lift
	case "show":
		carryOut = o.show
	default:
		return usageOf("ban", fmt.Errorf("unknown action %q", name))
	}
	if err := o.check(name, len(rest), need); err != nil {
		return usageOf("ban", err)
	}
	return carryOut(strings.Join(rest, ""), s)
}

// check returns what is wrong with the options of an action and its number of operands.
func (o *banOptions) check(name string, operands, need int) error {
	switch {
	case o.wait != "" && name != "add":
		return fmt.Errorf("--for has no use with %s", name)
	case o.all && name != "lift":
		return fmt.Errorf("--all has no use with %s", name)
	case o.user && name != "show":
		return fmt.Errorf("--user has no use with %s", name)
	case operands != need:
		return fmt.Errorf("%s needs %d operands instead of %d", name, need, operands)
	}
	return nil
}

// usageOf returns an error in the arguments of a subcommand.
func usageOf(name string, err error) error {
	for _, c := range subcommands() {
		if c.name == name {
			return &failure{exitUsage, err, c.usage()}
		}
	}
	return err
}

// defaultBan is how long add bans without --for.
const defaultBan = time.Hour

// banTime reads the value of --for.
func banTime(text string) (time.Duration, error) {
	if text == "" {
		return defaultBan, nil
	}
	d, err := time.ParseDuration(text)
	if days, isDays := strings.CutSuffix(text, "d"); err != nil && isDays {
		var n int64
		n, err = strconv.ParseInt(days, 10, 16)
		d = time.Duration(n) * 24 * time.Hour
	}
	if err != nil || d < time.Second || d > operator.MaxBanTime {
		return 0, fmt.Errorf("--for must be a time from 1s to 366d, such as 90s, 10m, 1h or 7d, not %s", text)
	}
	return d, nil
}

// list lists the bans.
func (o *banOptions) list(_ string, s streams) error {
	_, found, err := o.askBans("ban-list", operator.BanChange{}, s, "")
	if err == nil && found == 0 && !o.asJSON {
		_, err = fmt.Fprintln(s.out, "no bans")
	}
	return err
}

// add bans a network.
func (o *banOptions) add(network string, s streams) error {
	wait, err := banTime(o.wait)
	if err != nil {
		return usageOf("ban", err)
	}
	end, _, err := o.askBans("ban-add", operator.BanChange{Network: network, Seconds: int64(wait / time.Second)}, s, "banned")
	if err != nil || o.asJSON {
		return err
	}
	var added operator.BanAdded
	if err := json.Unmarshal(end, &added); err != nil {
		return fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	if added.Ended > 0 {
		_, err = fmt.Fprintf(s.out, "connections ended before login: %d\n", added.Ended)
	}
	return err
}

// lift ends bans.
func (o *banOptions) lift(network string, s streams) error {
	end, found, err := o.askBans("ban-lift", operator.BanChange{Network: network, All: o.all}, s, "lifted")
	if err != nil {
		return err
	}
	var lifted operator.BanLifted
	if err := json.Unmarshal(end, &lifted); err != nil {
		return fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	switch {
	case len(lifted.Within) > 0:
		return &failure{code: exitPart, err: fmt.Errorf("%s is still banned: it is in %s", network, strings.Join(lifted.Within, ", "))}
	case found == 0:
		return &failure{code: exitPart, err: errors.New("no such ban")}
	}
	return nil
}

// show shows what is remembered of an address or a user.
func (o *banOptions) show(name string, s streams) error {
	question := operator.BanQuestion{User: name}
	if _, err := netip.ParseAddr(name); err == nil && !o.user {
		question = operator.BanQuestion{Address: name}
	}
	_, err := o.ask("ban-show", question, func(row json.RawMessage) error {
		if o.asJSON {
			_, err := fmt.Fprintln(s.out, visibleJSON(row))
			return err
		}
		var standing operator.Standing
		if err := json.Unmarshal(row, &standing); err != nil {
			return fmt.Errorf("invalid answer of the daemon: %w", err)
		}
		return writeStanding(s.out, &standing, time.Now())
	})
	return err
}
