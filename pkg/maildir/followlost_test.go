package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

// A Maildir that was served with another server's list is refused after the setting
// has changed, also a small one, if a clean-up has removed some of our own files. But if
// only the index is left, it looks like one that was served with UIDLs of names.
func TestFollowEndsWithLostFiles(t *testing.T) {
	ours := []string{lockFile, indexName, servedName}
	for _, lock := range []bool{true, false} {
		for set := range 1 << len(ours) {
			var lost []string
			for k, name := range ours {
				if set>>k&1 != 0 {
					lost = append(lost, name)
				}
			}
			if slices.Equal(lost, []string{lockFile, servedName}) {
				continue
			}
			t.Run(fmt.Sprintf("%v-%s", lock, strings.Join(lost, "-")), func(t *testing.T) {
				for _, count := range []int{1, 20} {
					checkFollowLost(t, count, lock, lost)
				}
			})
		}
	}
}

// checkFollowLost checks that a Maildir with so many messages is refused for good.
func checkFollowLost(t *testing.T, count int, lock bool, lost []string) {
	t.Helper()
	s := newSite(t, count, false)
	s.options.Refuse, s.options.Lock = true, lock
	s.follow(t, 7)
	for range 2 {
		if _, err := s.logIn(t); err != nil {
			t.Fatal(err)
		}
	}
	for _, name := range lost {
		if err := os.Remove(filepath.Join(s.dir, name)); err != nil && !os.IsNotExist(err) {
			t.Fatal(err)
		}
	}
	s.options.UIDL = UIDLName
	for range 2 {
		now, err := s.logIn(t)
		if err == nil {
			t.Fatalf("%d messages: served with %.100q", count, now)
		}
		if !strings.Contains(err.Error(), "run: tpopsctl import --from dovecot --apply "+s.dir) {
			t.Error(err)
		}
	}
}

// The refusal of a change that another server's list explains names the command that
// imports it before the one that accepts the change. A list that has other UIDLs
// explains nothing.
func TestChangeNamesImport(t *testing.T) {
	for _, explains := range []bool{true, false} {
		s := newSite(t, 20, true)
		validity := 7
		if !explains {
			validity = 8
		}
		var lines strings.Builder
		for k, name := range s.names {
			fmt.Fprintf(&lines, "%s\t%08x%08x\n", name, k+1, 7)
		}
		s.replace(t, uidlFile, lines.String())
		age(t, s.dir)
		if _, err := s.logIn(t); err != nil {
			t.Fatal(err)
		}
		s.follow(t, validity)
		s.options.UIDL = UIDLName
		s.replace(t, uidlFile, "")
		age(t, s.dir)
		_, err := s.logIn(t)
		var change *ChangeError
		if !errors.As(err, &change) {
			t.Fatal(err)
		}
		first, second, found := strings.Cut(err.Error(), "run: tpopsctl import --from dovecot --apply "+s.dir)
		if found != explains || explains && (strings.Contains(first, "tpopsctl accept") || !strings.Contains(second, "tpopsctl accept "+s.dir)) {
			t.Error(err)
		}
	}
}
