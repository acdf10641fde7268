package maildir

import "slices"

// Changes is what a text of a tpops_uidl would change for clients, as far as tpops_served
// shows it.
type Changes struct {
	Known   bool // It shows something.
	Partial bool // It is a sample: more messages than Served may have been served.
	Repairs bool // A login without the text would be refused, and with it not.
	Served  int  // messages that get another UIDL than TPOPS has served them with last
	Others  int  // messages that get another UIDL than now, and are not known to have been served
}

// Changes returns what that text of a tpops_uidl would change. The error is that a login
// would refuse the text. A tpops_served that cannot be read shows nothing.
func (s *Survey) Changes(text string) (c Changes, err error) {
	given, _, err := parseUIDLs(text, maxUIDLLines)
	if err != nil {
		return c, err
	}
	err = s.m.owner.Do(func() error {
		if was, damage := readServed(s.m.dir); damage == nil && was != nil {
			c = s.changes(was, given)
		}
		return nil
	})
	return c, err
}

// changes compares what given makes of the messages with what they were served with.
func (s *Survey) changes(was *served, given *givenUIDLs) Changes {
	t := s.m.snap.table
	now, then := numbered{table: t, uidls: s.m.snap.uidls}, given.number(t)
	c := Changes{Known: true, Partial: max(len(was.given), len(was.byRule)) == sketchSize}
	c.Repairs = slices.ContainsFunc(was.drifts(now), drift.isFar) && !slices.ContainsFunc(was.drifts(then), drift.isFar)
	for i, f := range t.files {
		if t.isTwin(i) {
			continue
		}
		uidl := then.uidls.of(t, i)
		hash, isServed := was.uidlOf(t.unique(f))
		switch {
		case isServed && hash != hashOf(uidl):
			c.Served++
		case !isServed && uidl != now.uidls.of(t, i):
			c.Others++
		}
	}
	return c
}
