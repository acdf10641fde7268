package maildir

// A delivery changes one directory. What an earlier reading has found in the other one
// need not be read again: see unchanged mailboxes in DESIGN.md.

// reuse is which of new and cur are not read again.
type reuse [len(subNames)]bool

// reusable returns which of the directories have not changed since the earlier reading.
// Where another machine may make changes, or where two files share their unique name, it
// is none of them; and none that had been changed so lately then that a program could
// change it again and set all times back to what they were, or that the index knows.
func (s *scanner) reusable(now states) (r reuse) {
	if s.old == nil || !s.local || !s.old.plain || len(s.old.copies) > 0 {
		return r
	}
	for sub := range now {
		r[sub] = s.old.dirs[sub].aged && s.old.dirs[sub].valid(now[sub])
	}
	return r
}

// take takes what the earlier reading has found in a directory.
func (s *scanner) take(sub uint8) error {
	for _, known := range s.old.files {
		if known.sub != sub {
			continue
		}
		name := s.old.name(known)
		f := newFile(name, s.names.Len(), sub)
		f.inode = known.inode
		if err := s.keep(f); err != nil {
			return err
		}
		s.names.WriteString(name)
	}
	return nil
}

// statesAfter is states after a reading, with the error of checkReused.
func (s *scanner) statesAfter(subs subdirs, reused reuse, before states) (states, error) {
	after, err := s.states(subs)
	if err == nil {
		err = s.checkReused(reused, before, after)
	}
	return after, err
}

// checkReused returns errUnsettled if a directory that was not read may have changed
// before a watch on it began. Then both are read the next time.
func (s *scanner) checkReused(reused reuse, before, after states) error {
	for sub := range reused {
		if reused[sub] && !before[sub].same(after[sub]) {
			s.old = nil
			return errUnsettled
		}
	}
	return nil
}
