package maildir

import "slices"

// hold reports whether the totals t are those of the Maildir at which now is a look.
func (r *reader) hold(t *totals, now look) bool {
	if t.dirs[inNew].ino == 0 || t.settings != r.options.settings() || t.rule != r.ruleMark() || !t.dirs.same(now.dirs) || !t.list.same(now.uidl) {
		return false
	}
	served, err := r.servedState()
	return err == nil && t.served.same(served)
}

// servedState returns the state of tpops_served, zero if there is none.
func (r *reader) servedState() (dirState, error) {
	return stateAt(r.dir, servedName, r.now(), r.local, 0)
}

// totals returns the totals of a snapshot with the messages in n, if they hold as long
// as the states with which they are stored are the same. holds is that of the snapshot,
// and now a look from before it was read.
func (r *reader) totals(now look, n numbered, s *snapshot, holds bool) *totals {
	o := r.options
	if !holds || !o.Served || o.follows() || o.accept || o.readOnly || !n.isBy(now.uidl) {
		return nil
	}
	served, err := r.servedState()
	if err != nil || served.ino != 0 && !served.isOld(r.now(), r.local) {
		return nil
	}
	t := totalsOf(s)
	t.settings, t.rule, t.list, t.served = o.settings(), r.ruleMark(), now.uidl, served
	return t
}

// isBy reports whether all messages were numbered by the file of the rule in that state,
// and nothing else, which for the zero state means by no file.
func (n numbered) isBy(list dirState) bool {
	if n.lacks || !n.table.isPlain() {
		return false
	}
	if list.ino == 0 {
		return n.own
	}
	l := n.table.listed
	return l != nil && l.state.ino != 0 && l.state.same(list)
}

// numberBy numbers the messages of t as they were when the totals were noted, and reports
// whether that can be done.
func (r *reader) numberBy(sum *totals, t *table) (numbered, bool) {
	if sum.list.ino == 0 {
		return (*givenUIDLs)(nil).number(t), true
	}
	if l := t.listed; l == nil || l.rule != sum.rule || !l.state.same(sum.list) {
		return numbered{}, false
	}
	return r.rule().recall(t)
}

// isOf reports whether the index is undamaged, and the one of which sum are the totals.
func (x *index) isOf(sum *totals) bool {
	isUnmeasured := func(f file) bool { return f.octets == unmeasured }
	t := x.table
	return x.isWhole && t.isPlain() && t.totals.mark() == sum.mark() && !slices.ContainsFunc(t.files, isUnmeasured)
}
