package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/uidlist"
)

// wired are the options of a server with tpops_uidl.
var wired = Options{Lock: true, UIDLConvert: true, Served: true, Index: true, minIndexed: 1}

// site is a Maildir that is served, and then changed.
type site struct {
	dir     string
	options Options
	names   []string // unique names of its messages
}

// logIn logs in and out, and returns the UIDLs.
func (s *site) logIn(t *testing.T) ([]string, error) {
	t.Helper()
	m, err := Open(t.Context(), nil, s.dir, s.options)
	if err != nil {
		return nil, err
	}
	defer m.Close()
	return uidls(m), nil
}

// newSite returns a Maildir with n messages, for all of which a tpops_uidl has
// another UIDL if given.
func newSite(t *testing.T, n int, given bool) *site {
	t.Helper()
	s := &site{dir: newMaildir(t), options: wired}
	var lines strings.Builder
	for k := range n {
		name := fmt.Sprintf("17000%05d.M1P1.host", k)
		deliver(t, s.dir, "cur/"+name+":2,S", strings.Repeat("x", k))
		s.names = append(s.names, name)
		fmt.Fprintf(&lines, "%s\told-%d\n", name, k)
	}
	if given {
		deliver(t, s.dir, uidlFile, lines.String())
		age(t, s.dir)
	}
	return s
}

// follow makes a site one with a list of Dovecot.
func (s *site) follow(t *testing.T, validity int) {
	t.Helper()
	s.options.UIDL = UIDLDovecot
	list := fmt.Sprintf("3 V%d N%d G3085f01b7f11094c501100008c4a11c1\n", validity, len(s.names)+1)
	for k, name := range s.names {
		list += fmt.Sprintf("%d :%s\n", k+1, name)
	}
	s.replace(t, "dovecot-uidlist", list)
}

func (s *site) replace(t *testing.T, name, text string) {
	t.Helper()
	deliver(t, s.dir, "tmp/x", text)
	rename(t, s.dir, "tmp/x", name)
}

// renameAll gives all messages new unique names.
func (s *site) renameAll(t *testing.T, count int) {
	t.Helper()
	for _, name := range s.names[:count] {
		rename(t, s.dir, "cur/"+name+":2,S", "cur/"+strings.Replace(name, ".M1P1.", ".M9P9.", 1)+":2,S")
	}
}

// scenario is what happens to a mailbox between two logins.
type scenario struct {
	name   string
	count  int  // messages
	given  bool // with a tpops_uidl
	before func(*testing.T, *site)
	change func(*testing.T, *site)
	trips  bool
}

func scenarios() []scenario {
	removed := func(t *testing.T, s *site) { remove(t, s.dir, uidlFile) }
	follow := func(t *testing.T, s *site) { s.follow(t, 7) }
	lines := func(from, to int) func(*testing.T, *site) {
		return func(t *testing.T, s *site) {
			var text strings.Builder
			for k := from; k < to; k++ {
				fmt.Fprintf(&text, "%s\told-%d\n", s.names[k], k)
			}
			s.replace(t, uidlFile, text.String())
		}
	}
	fresh := func(t *testing.T, s *site) {
		for k := range 50 {
			deliver(t, s.dir, fmt.Sprintf("new/18000%05d.M1P1.host", k), "new")
		}
	}
	return []scenario{
		{"nothing", 40, true, nil, nil, false},
		{"tpops_uidl deleted", 40, true, nil, removed, true},
		{"tpops_uidl deleted, three messages", 3, true, nil, removed, true},
		{"tpops_uidl deleted, two messages", 2, true, nil, removed, true},
		{"tpops_uidl deleted, one message", 1, true, nil, removed, false},
		{"tpops_uidl deleted, many messages", 1000, true, nil, removed, true},
		{"tpops_uidl emptied", 40, true, nil, func(t *testing.T, s *site) { s.replace(t, uidlFile, "\n") }, true},
		{"tpops_uidl restored from an old backup", 40, true, nil, lines(0, 30), true},
		{"tpops_uidl lacks 5 % of many messages", 1000, true, nil, lines(0, 950), true},
		{"some lines edited", 40, true, nil, lines(0, 36), false},
		{"few imported messages among many", 400, false, func(t *testing.T, s *site) { lines(0, 10)(t, s) }, removed, true},
		{"tpops_uidl of the same content", 40, true, nil, lines(0, 40), false},
		{"maildir-uidl-convert off", 40, true, nil, func(t *testing.T, s *site) { s.options.UIDLConvert = false }, true},
		{"tpops_uidl deleted, and the messages too", 40, true, nil, func(t *testing.T, s *site) {
			removed(t, s)
			for _, name := range s.names[1:] {
				remove(t, s.dir, "cur/"+name+":2,S")
			}
		}, false},
		{"new mail", 40, true, nil, fresh, false},
		{"new mail beside names", 40, false, nil, fresh, false},
		{"new mail listed by Dovecot", 600, false, follow, fresh, false},
		{"first mail listed by Dovecot", 0, false, follow, func(t *testing.T, s *site) {
			deliver(t, s.dir, "new/1.a", "one")
			deliver(t, s.dir, "new/2.b", "two")
		}, false},
		{"first mail after all imported", 0, true, nil, func(t *testing.T, s *site) { deliver(t, s.dir, "new/1.a", "one") }, false},
		{"Dovecot shows names, then numbers for new mail", 0, false, showNames, func(t *testing.T, s *site) {
			s.replace(t, "dovecot-uidlist", dovecotHead+"1 P1.a :1.a\n2 :2.b\n3 :3.c\n")
			deliver(t, s.dir, "new/2.b", "two")
			deliver(t, s.dir, "new/3.c", "three")
		}, false},
		{"a twin", 4, true, nil, func(t *testing.T, s *site) { deliver(t, s.dir, "cur/"+s.names[0]+":2,", "twin") }, false},
		{"twins of all, beside names", 10, false, nil, func(t *testing.T, s *site) {
			for _, name := range s.names {
				deliver(t, s.dir, "new/"+name, "twin")
			}
		}, false},
		{"dovecot-uidlist made anew", 40, false, follow, func(t *testing.T, s *site) { s.follow(t, 8) }, true},
		{"dovecot-uidlist deleted", 40, false, follow, func(t *testing.T, s *site) { remove(t, s.dir, "dovecot-uidlist") }, true},
		{"another maildir-uidl-format", 40, false, follow, func(t *testing.T, s *site) {
			format, err := uidlist.ParseFormat("%v.%u")
			if err != nil {
				t.Fatal(err)
			}
			s.options.UIDLFormat = format
		}, true},
		{"maildir-uidl changed to dovecot", 40, false, nil, follow, true},
		{"maildir-uidl changed to dovecot, imported before", 40, true, nil, follow, true},
		{"maildir-uidl changed to name", 40, false, follow, func(t *testing.T, s *site) { s.options.UIDL = UIDLName }, true},
		{"all files renamed", 40, false, nil, func(t *testing.T, s *site) { s.renameAll(t, 40) }, true},
		{"all files renamed, imported", 40, true, nil, func(t *testing.T, s *site) { s.renameAll(t, 40) }, true},
		{"renamed with their lines", 40, true, nil, func(t *testing.T, s *site) {
			s.renameAll(t, 40)
			text, err := os.ReadFile(filepath.Join(s.dir, uidlFile))
			if err != nil {
				t.Fatal(err)
			}
			s.replace(t, uidlFile, strings.ReplaceAll(string(text), ".M1P1.", ".M9P9."))
		}, false},
		{"new messages renamed", 400, false, nil, func(t *testing.T, s *site) { s.renameAll(t, 30) }, false},
		{"restored under new names", 40, false, nil, restoreRenamed, true},
		{"all read and replaced by as many", 40, false, nil, func(t *testing.T, s *site) {
			for _, name := range s.names {
				remove(t, s.dir, "cur/"+name+":2,S")
			}
			fresh(t, s)
		}, false},
		{"first use of an old tpops_uidl", 40, false, nil, lines(0, 40), false}, // A version without tpops_served may have served it so.
	}
}

// showNames makes a site one with a list in which the only message has its name as
// UIDL.
func showNames(t *testing.T, s *site) {
	s.options.UIDL = UIDLDovecot
	s.names = nil
	deliver(t, s.dir, "cur/1.a:2,S", "one")
	s.replace(t, "dovecot-uidlist", dovecotHead+"1 P1.a :1.a\n")
}

// restoreRenamed replaces all files by copies with the same times and other names.
func restoreRenamed(t *testing.T, s *site) {
	for _, name := range s.names {
		path := filepath.Join(s.dir, "cur", name+":2,S")
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		stat, err := os.Stat(path)
		if err != nil {
			t.Fatal(err)
		}
		remove(t, s.dir, "cur/"+name+":2,S")
		deliver(t, s.dir, "cur/restored-"+name+":2,S", string(text))
		if err := os.Chtimes(filepath.Join(s.dir, "cur", "restored-"+name+":2,S"), stat.ModTime(), stat.ModTime()); err != nil {
			t.Fatal(err)
		}
	}
}

// A login is refused if more UIDLs would change than can be explained, as Foresee
// has found without changing anything, and not after Accept.
func TestTripwire(t *testing.T) {
	for _, sc := range scenarios() {
		for _, cached := range []bool{false, true} {
			t.Run(fmt.Sprintf("%s/%v", sc.name, cached), func(t *testing.T) {
				s := newSite(t, sc.count, sc.given)
				if cached {
					s.options.Cache = NewCache(1 << 20)
				}
				if sc.before != nil {
					sc.before(t, s)
				}
				was, err := s.logIn(t)
				if err != nil || len(was) < sc.count {
					t.Fatal(len(was), err)
				}
				if sc.change != nil {
					sc.change(t, s)
				}
				s.check(t, sc.trips)
			})
		}
	}
}

// check checks what a login does after a change.
func (s *site) check(t *testing.T, trips bool) {
	t.Helper()
	for range 2 {
		before := contents(t, s.dir)
		err := Foresee(t.Context(), nil, s.dir, s.options)
		wantTrip(t, err, trips)
		if after := contents(t, s.dir); after != before {
			t.Errorf("changed:\n%s\nbefore:\n%s", after, before)
		}
		_, err = s.logIn(t)
		wantTrip(t, err, trips)
	}
	if !trips {
		return
	}
	if err := Accept(t.Context(), nil, s.dir, s.options); err != nil {
		t.Fatal(err)
	}
	wantTrip(t, Foresee(t.Context(), nil, s.dir, s.options), false)
	for range 2 {
		if _, err := s.logIn(t); err != nil {
			t.Errorf("accepted: %v", err)
		}
	}
}

// The first login to a Maildir with Dovecot's list leaves no empty lock file before it
// has marked it: to another login it would mean that names were served.
func TestTripwireFirstFollower(t *testing.T) {
	s := newSite(t, 10, false)
	s.follow(t, 7)
	s.options.Lock = false
	m := newMailbox(nil, &s.options)
	m.use(openFD(t, s.dir))
	if err := m.reader.admitUnlocked(); err != nil || !m.reader.isFirst {
		t.Errorf("%v, first %v", err, m.reader.isFirst)
	}
	if stat, err := os.Stat(filepath.Join(s.dir, lockFile)); err == nil && stat.Size() == 0 {
		t.Error("there is an empty lock file")
	}
	for range 2 {
		if _, err := s.logIn(t); err != nil {
			t.Error(err)
		}
	}
	s.options.UIDL = UIDLName
	s.check(t, true)
}

func wantTrip(t *testing.T, err error, want bool) {
	t.Helper()
	var change *ChangeError
	if errors.As(err, &change) != want || err != nil && !want {
		t.Fatalf("error %v, want a ChangeError: %v", err, want)
	}
	if want && (change.Changed < 2 || change.Changed > change.Compared || !strings.Contains(err.Error(), "tpopsctl accept "+change.Maildir)) {
		t.Errorf("%v", err)
	}
}

// contents returns all names below a directory, and what is in the files beside new
// and cur.
func contents(t *testing.T, dir string) string {
	t.Helper()
	var all strings.Builder
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		stat, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		text, _ := os.ReadFile(name)
		fmt.Fprintf(&all, "%s %v %x\n", filepath.Base(name), stat.ModTime(), text)
	}
	return all.String()
}
