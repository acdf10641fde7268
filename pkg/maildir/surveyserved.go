package maildir

import "slices"

// Changes returns how many messages would get, with that text of a tpops_uidl, another
// UIDL than TPOPS has served them with last, as far as tpops_served shows it; known is
// false if it shows nothing. Few are not counted if a login without the text would be
// refused: then the text brings back the others. The error is that a login would refuse
// the text. A tpops_served that cannot be read shows nothing.
func (s *Survey) Changes(text string) (changed int, known bool, err error) {
	given, _, err := parseUIDLs(text, maxUIDLLines)
	if err != nil {
		return 0, false, err
	}
	err = s.m.owner.Do(func() error {
		was, damage := readServed(s.m.dir)
		if known = damage == nil && was != nil; known {
			changed = s.drift(was, given)
		}
		return nil
	})
	return changed, known, err
}

// drift compares what given makes of the messages with what they were served with.
func (s *Survey) drift(was *served, given *givenUIDLs) (changed int) {
	t := s.m.snap.table
	now, then := was.drifts(numbered{table: t, uidls: s.m.snap.uidls}), was.drifts(given.number(t))
	if slices.ContainsFunc(now, drift.isFar) && !slices.ContainsFunc(then, drift.isFar) {
		return 0
	}
	for _, kind := range then {
		changed += kind.changed
	}
	return changed
}
