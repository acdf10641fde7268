package secrets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// sorter collects what an old file holds.
type sorter struct {
	result Old
	found  []oldEntry
}

// oldEntry is an entry as it was found.
type oldEntry struct {
	Entry
	what string // how to name it to the operator
	cut  bool   // a NUL was taken off
}

func newSorter(file, format string) *sorter {
	return &sorter{result: Old{File: file, Format: format}}
}

// add takes one entry. what names it, and does not hold its password.
func (s *sorter) add(what, login, password string) {
	e := oldEntry{Entry: Entry{Login: strings.TrimSuffix(login, "\x00"), Password: strings.TrimSuffix(password, "\x00")}, what: what}
	e.cut = e.Login != login || e.Password != password
	if err := e.Valid(); err != nil {
		s.result.LeftOut = append(s.result.LeftOut, fmt.Errorf("%s: %w", what, err))
		return
	}
	s.found = append(s.found, e)
}

// old returns all that was added. Of two entries with one login that counts
// from which no NUL was taken, and else the later: 0.8 looked up the login as it
// is, and its tool wrote over an entry that was there.
func (s *sorter) old() *Old {
	slices.SortStableFunc(s.found, func(a, b oldEntry) int {
		return cmp.Or(cmp.Compare(a.Login, b.Login), cutRank(a)-cutRank(b))
	})
	for i, e := range s.found {
		if i+1 < len(s.found) && s.found[i+1].Login == e.Login {
			s.result.LeftOut = append(s.result.LeftOut, fmt.Errorf("%s: there is another entry for this id", e.what))
			continue
		}
		s.result.Entries = append(s.result.Entries, e.Entry)
		if e.cut {
			s.result.Cut++
		}
	}
	return &s.result
}

// cutRank sorts entries from which something was taken first.
func cutRank(e oldEntry) int {
	if e.cut {
		return 0
	}
	return 1
}

// nameID names an entry in a line that can be read.
func nameID(login string) string {
	if len(login) > maxLogin {
		return fmt.Sprintf("id %q…", login[:maxLogin])
	}
	return fmt.Sprintf("id %q", login)
}
