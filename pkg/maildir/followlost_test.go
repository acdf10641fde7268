package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"reflect"
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

// All sessions of a daemon have the same options. To find out whether a list explains a
// change does not change them, so that other users keep their UIDLs.
func TestChangeKeepsOptions(t *testing.T) {
	for _, list := range foreignLists {
		t.Run(list.server, func(t *testing.T) {
			s := newSite(t, 20, true)
			options := wired
			deliver(t, s.dir, list.file, map[string]string{
				dovecotList: "3 V7 N1 G3085f01b7f11094c501100008c4a11c1\n",
				courierList: "/3 1 7\n",
			}[list.file])
			logIn := func(dir string) ([]string, error) {
				m, err := OpenFor(t.Context(), Login{}, nil, dir, &options)
				if err != nil {
					return nil, err
				}
				defer m.Close()
				return uidls(m), nil
			}
			if _, err := logIn(s.dir); err != nil {
				t.Fatal(err)
			}
			s.replace(t, uidlFile, "")
			age(t, s.dir)
			var change *ChangeError
			if _, err := logIn(s.dir); !errors.As(err, &change) {
				t.Fatal(err)
			}
			if !reflect.DeepEqual(options, wired) {
				t.Errorf("the options have become %+v", options)
			}
			if got, err := logIn(newMaildir(t, "cur/1.a:2,", "new/2.b")); err != nil || !slices.Equal(got, []string{"1.a", "2.b"}) {
				t.Errorf("another user has %q, %v", got, err)
			}
		})
	}
}
