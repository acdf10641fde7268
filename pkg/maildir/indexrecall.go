package maildir

import (
	"bytes"
	"context"
)

// keepsUIDLs reports whether the index of a Maildir with the messages of t keeps
// what the file of the rule has for them.
func (x *indexKeeper) keepsUIDLs(t *table) bool {
	return x.isOn && x.trusts && t.isPlain() && len(t.files) >= x.least
}

// number numbers the messages of v by the rule: by the index as long as the file of
// the rule is unchanged, else by that file. now is a look at the Maildir from before
// anything was read. learned means that the index should keep what was read. In
// v.base is then what the index should have.
func (r *reader) number(ctx context.Context, now look, v *view, k known) (n numbered, learned bool, err error) {
	rule := r.rule()
	keeps := rule.file() != "" && r.index().keepsUIDLs(v.base)
	own := *v.base // The index may have the same table.
	v.base = &own
	own.totals = nil
	if own.listed = nil; keeps && k.hasUIDLs() && k.index.listed.rule == r.ruleMark() {
		own.listed = own.listedFrom(k.index)
	}
	if n, ok := r.recall(rule, &own); ok {
		n.recalled = true
		return n, false, nil
	}
	n, err = rule.apply(ctx, v)
	if err != nil || !keeps {
		return n, false, err
	}
	if own.listed = n.listed; n.listed == nil {
		return n, false, nil
	}
	n.listed.rule = r.ruleMark()
	return n, r.learn(now, n.listed, rule.file()), nil
}

// recall numbers the messages of t by what it has of the file of the rule, if that
// is as it was. It looks at the file now, after the messages were read, as apply
// would read it: a program may write the line of a message before it delivers that.
func (r *reader) recall(rule rule, t *table) (numbered, bool) {
	if t.listed == nil {
		return numbered{}, false
	}
	now, err := stateAt(r.dir, rule.file(), r.now(), r.local, 0)
	if err != nil || !t.listed.holds(now) {
		return numbered{}, false
	}
	return rule.recall(t)
}

// learn notes the state of the file that was read, if no other can have been. What
// was old at the look and has not changed since is what was read.
func (r *reader) learn(now look, l *listed, file string) bool {
	if !now.settled || now.uidl.ino == 0 {
		return false
	}
	later, err := stateAt(r.dir, file, r.now(), r.local, 0)
	if err != nil || !now.uidl.same(later) {
		return false
	}
	l.state = now.uidl
	return true
}

// hasUIDLs reports whether the index has any UIDLs.
func (k known) hasUIDLs() bool { return k.index != nil && k.index.listed != nil }

// fileOf returns the index if it contains t, numbered as in n, with nothing written. It
// does not if the UIDLs were read from the file of the rule: those of the index are
// older, and changes to t would leave them there.
func (k known) fileOf(t *table, n numbered) indexFile {
	if n.recalled || t.listed == nil && !k.hasUIDLs() {
		return k.file
	}
	return indexFile{}
}

// recalled is what the index has of uidlFile.
type recalled struct {
	*listed
	all    *textSet
	unsure bool // only the file itself can answer what was asked
}

// givenByIndex returns what t.listed has of uidlFile. It reports whether that is
// legal, and tells for each message whether it has a line.
func givenByIndex(t *table) (*givenUIDLs, bool) {
	all, ok := newTextSet(t.listed, isUIDL)
	if !ok {
		return nil, false
	}
	g := &givenUIDLs{recalled: &recalled{listed: t.listed, all: all}}
	for i, f := range t.files {
		row := &t.listed.rows[i]
		g.ordered = g.ordered || row.place > 0
		if row.code != 0 {
			continue
		}
		if t.listed.filter.may(t.unique(f)) {
			return nil, false
		}
		row.code = rowUnlisted // new since the file was read
	}
	return g, true
}

func (r *recalled) at(i int) (givenUIDL, bool) {
	row := r.rows[i]
	return givenUIDL{r.uidl(row), int(min(row.place, maxUIDLLines))}, row.length() > 0
}

func (r *recalled) hasNameOf(t *table, i int) bool {
	return r.rows[i].code == rowTaken || r.all.has(t.unique(t.files[i]))
}

func (r *recalled) has(uidl string) bool {
	has := r.all.has(uidl)
	r.unsure = r.unsure || !has && r.filter.may(uidl)
	return has
}

// isEmpty reports whether the file has no line: then nothing is in the filter.
func (r *recalled) isEmpty() bool {
	return len(r.filter) > 0 && len(bytes.Trim(r.filter, "\x00")) == 0 && len(r.text) == 0
}

// listed returns what g has for the messages of t.
func (g *givenUIDLs) listed(t *table) *listed {
	if g == nil {
		return nil
	}
	b := newListedBuilder(len(t.files))
	for i, f := range t.files {
		line, _ := g.at(t, i)
		place, code := uint64(0), uint8(rowUnlisted)
		if g.ordered {
			place = uint64(line.line)
		}
		if g.has(t.unique(f)) {
			code = rowTaken
		}
		b.add(line.uidl, place, code)
	}
	l := b.listed()
	if l != nil {
		l.filter = newFilter(g)
	}
	return l
}

// listedRows returns the texts of a list of another server, for the messages of t
// with the indexes in kept.
func (t *table) listedRows(kept []int, texts []string, place func(k int) (uint64, bool)) *listed {
	b := newListedBuilder(len(t.files))
	for k, i := range kept {
		for len(b.rows) < i {
			b.add("", 0, 0)
		}
		at, ok := place(k)
		if !ok {
			return nil
		}
		b.add(texts[k], at, 0)
	}
	for len(b.rows) < len(t.files) {
		b.add("", 0, 0)
	}
	return b.listed()
}

// foreignByIndex returns the UIDLs that t.listed has from the list of another
// server. It reports whether they are legal, and all messages have one.
func foreignByIndex(t *table) (*uidlSet, bool) {
	l := t.listed
	legal := func(text string) bool { return len(text) <= maxForeignUIDL && isPrintable(text) }
	if _, ok := newTextSet(l, legal); !ok {
		return nil, false
	}
	u := &uidlSet{index: make([]uint32, 0, len(l.rows)), text: make([]string, 0, len(l.rows))}
	for i, row := range l.rows {
		if row.length() == 0 {
			return nil, false
		}
		u.add(i, l.uidl(row))
	}
	return u, true
}
