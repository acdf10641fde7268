package secrets

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// sorter collects the entries of an old file.
type sorter struct {
	result Old
	found  []oldEntry
}

// oldEntry is an entry of an old file.
type oldEntry struct {
	Entry
	what string // its name in errors
	cut  bool   // a NUL at the end was removed
}

func newSorter(file, format string) *sorter {
	return &sorter{result: Old{File: file, Format: format}}
}

// add adds one entry. what is its name in errors and does not contain its password.
func (s *sorter) add(what, login, password string) {
	e := oldEntry{Entry: Entry{Login: strings.TrimSuffix(login, "\x00"), Password: strings.TrimSuffix(password, "\x00")}, what: what}
	e.cut = e.Login != login || e.Password != password
	if err := e.Valid(); err != nil {
		s.result.LeftOut = append(s.result.LeftOut, fmt.Errorf("%s: %w", what, err))
		return
	}
	s.found = append(s.found, e)
}

// old returns the added entries. Of two entries with one login, the one from which no
// NUL was removed counts, otherwise the later one: 0.8 looked up the login without NUL,
// and its tool overwrote existing entries.
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

// cutRank sorts entries from which a NUL was removed first.
func cutRank(e oldEntry) int {
	if e.cut {
		return 0
	}
	return 1
}

// nameID returns the name of an entry in an error, in printable characters.
func nameID(login string) string {
	if len(login) > maxLogin {
		return fmt.Sprintf("id %q…", login[:maxLogin])
	}
	return fmt.Sprintf("id %q", login)
}
