package main

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"

	"tpops/test/bench/mail"
	"tpops/test/bench/peer"
)

// field is what the servers of a measurement have in common.
type field struct {
	boxes    []mail.Box
	users    int // in the passwd-file, with those of the mailboxes
	kinds    []peer.Kind
	exact    bool // start each TPOPS a second time, with exact sizes
	only     bool // with exact: not a first time
	own      bool // each server has mailboxes of its own, since clients change them
	disk     bool // on a disk, since syncing and removing are part of the work
	tls      bool
	sessions int
	spare    int
	message  []byte
	notify   bool     // TPOPS with one process reports the use of its cache
	params   []string // of TPOPS with one process; some have no effect with several
}

// lineup is servers that are measured in turn.
type lineup struct {
	bench      *bench
	dir        string
	field      field
	contenders []*contender
}

// lineup makes mailboxes and starts the servers. The caller closes it.
func (b *bench) lineup(f field) (*lineup, error) {
	b.worlds++
	parent := b.fast
	if f.disk {
		parent = b.dir
	}
	l := &lineup{bench: b, field: f, dir: filepath.Join(parent, fmt.Sprintf("world%d", b.worlds))}
	if err := os.Mkdir(l.dir, 0o755); err != nil {
		return nil, err
	}
	made := map[string]bool{}
	for _, c := range l.entries() {
		if !made[c.setup.Root] {
			made[c.setup.Root] = true
			if err := mail.Make(c.setup.Root, f.boxes); err != nil {
				return nil, errors.Join(err, l.close())
			}
		}
		server, err := c.kind.Start(c.setup)
		if err != nil && !c.isTPOPS() {
			b.note("%s is left out of the row %s: %v", c.column, b.row, err)
			continue
		}
		if err != nil {
			return nil, errors.Join(err, l.close())
		}
		c.Server = server
		l.contenders = append(l.contenders, c)
	}
	return l, nil
}

// entries returns the contenders of the field, not started yet.
func (l *lineup) entries() []*contender {
	var all []*contender
	for _, k := range l.field.kinds {
		if !isTPOPS(k) || !l.field.only {
			all = append(all, l.entry(k, false))
		}
		if isTPOPS(k) && l.field.exact {
			all = append(all, l.entry(k, true))
		}
	}
	return all
}

func (l *lineup) entry(k peer.Kind, exact bool) *contender {
	name := fmt.Sprintf("%s-%t", k.Column, exact)
	// An index of exact sizes must not be that of other sizes.
	root := filepath.Join(l.dir, fmt.Sprintf("mail-%t", exact))
	if l.field.own || k.Own {
		root = filepath.Join(l.dir, "mail-"+name)
	}
	f := l.field
	setup := peer.Setup{
		Dir: filepath.Join(l.dir, name), Root: root, Exact: exact, Sessions: max(f.sessions, 50), Spare: f.spare,
		Message: f.message,
	}
	if k.Column == "thread" {
		setup.Params, setup.Notify = f.params, f.notify
	}
	if f.tls {
		setup.Cert = l.bench.cert
	}
	if l.bench.profile != "" {
		setup.Profile = filepath.Join(l.bench.profile, fmt.Sprintf("%s-%d-%s", l.bench.row, l.bench.worlds, name))
	}
	for _, box := range f.boxes {
		setup.Users = append(setup.Users, box.User)
	}
	for i := len(f.boxes); i < f.users; i++ {
		setup.Users = append(setup.Users, mail.User("other", i))
	}
	return &contender{column: k.Column, exact: exact, kind: k, setup: setup}
}

// close stops the servers and removes the mailboxes.
func (l *lineup) close() error {
	for _, c := range l.contenders {
		c.Stop()
	}
	return os.RemoveAll(l.dir)
}

// figures are the values that were measured for each contender.
type figures map[*contender][]float64

// rounds measures all contenders in turn, so often, and begins each round with
// another one. Another server than TPOPS that fails is left out from then on.
func (l *lineup) rounds(n int, measure func(*contender) (float64, error)) (figures, error) {
	found := figures{}
	for round := range n {
		for i := range l.contenders {
			c := l.contenders[(i+round)%len(l.contenders)]
			if c.failed {
				continue
			}
			value, err := measure(c)
			switch {
			case err == nil:
				found[c] = append(found[c], value)
			case c.isTPOPS():
				return nil, fmt.Errorf("%s: %w\n%s", c.column, err, c.Log())
			default:
				c.failed = true
				delete(found, c)
				l.bench.note("%s is left out of the row %s: %v %s", c.column, l.bench.row, err, c.Log())
			}
		}
	}
	return found, nil
}

// warm does something once with each contender.
func (l *lineup) warm(do func(*contender) error) error {
	_, err := l.rounds(1, func(c *contender) (float64, error) { return 0, do(c) })
	return err
}

// valid returns the figures of the servers that have not failed. A server may fail after some
// of its figures were found, and a figure of a failure means nothing.
func (f figures) valid() figures {
	part := maps.Clone(f)
	maps.DeleteFunc(part, func(c *contender, _ []float64) bool { return c.failed })
	return part
}

// exacts returns the figures of all servers but those of TPOPS whose sizes are
// not so: exact, or as usual. The other servers have no such choice.
func (f figures) exacts(want bool) figures {
	part := maps.Clone(f)
	maps.DeleteFunc(part, func(c *contender, _ []float64) bool {
		return c.isTPOPS() && c.exact != want
	})
	return part
}
