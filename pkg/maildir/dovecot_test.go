package maildir

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/uidlist"
)

var dovecotOptions = Options{UIDL: UIDLDovecot}

// dovecotHead is the header of a list with the UIDVALIDITY 7.
const dovecotHead = "3 V7 N5 G3085f01b7f11094c501100008c4a11c1\n"

// What is listed has the UIDL of the list and its order; what is not gets the next
// UIDs in Dovecot's order, at the end of the list.
func TestDovecotRule(t *testing.T) {
	dir := newMaildir(t, "cur/1700000009.M1.a:2,S", "cur/1700000001.M1.b:2,", "cur/1700000005.M1.c", "new/1700000004.M10.d", "new/1700000004.M9.e", "cur/1700000004.M11.f:2,")
	const list = dovecotHead + "1 :1700000009.M1.a\n2 W5 :gone\n3 Psaved O2 :1700000001.M1.b:2,F\n6 O1 :1700000005.M1.c\n"
	deliver(t, dir, "dovecot-uidlist", list)
	want := []string{"0000000600000007", "saved", "0000000100000007", "0000000700000007", "0000000800000007", "0000000900000007"}
	for range 2 {
		wantShown(t, dir, dovecotOptions, want...)
	}
	wantList(t, dir, "dovecot-uidlist", list+"7 :1700000004.M9.e\n8 :1700000004.M10.d\n9 :1700000004.M11.f\n")
	wantOnly(t, dir, "dovecot-uidlist")
	format, err := uidlist.ParseFormat("%v.%u")
	if err != nil {
		t.Fatal(err)
	}
	wantShown(t, dir, Options{UIDL: UIDLDovecot, UIDLFormat: format}, "7.6", "saved", "7.1", "7.7", "7.8", "7.9")
}

// A Maildir that Dovecot has never seen gets a list, with the rights of the
// Maildir.
func TestDovecotFirst(t *testing.T) {
	dir := newMaildir(t)
	if err := os.Chmod(dir, 0o770); err != nil {
		t.Fatal(err)
	}
	wantShown(t, dir, dovecotOptions)
	wantOnly(t, dir) // An empty mailbox needs none.
	deliver(t, dir, "new/1.b", "")
	deliver(t, dir, "new/1.a", "")
	before := time.Now().Unix()
	_, got := shown(t, dir, dovecotOptions)
	text, err := os.ReadFile(filepath.Join(dir, "dovecot-uidlist"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^3 V(\d+) N3 G[0-9a-f]{32}\n1 :1\.a\n2 :1\.b\n$`).FindStringSubmatch(string(text))
	if m == nil {
		t.Fatalf("%s", text)
	}
	var validity int64
	if _, err := fmt.Sscan(m[1], &validity); err != nil || validity < before || validity > time.Now().Unix() {
		t.Errorf("UIDVALIDITY %s", m[1])
	}
	want := []string{fmt.Sprintf("00000001%08x", validity), fmt.Sprintf("00000002%08x", validity)}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if stat, err := os.Stat(filepath.Join(dir, "dovecot-uidlist")); err != nil || stat.Mode().Perm() != 0o660 {
		t.Errorf("%v, %v", stat.Mode(), err)
	}
}

// If Dovecot has used the Maildir, a list that is missing was lost, and UIDLs
// would change.
func TestDovecotLost(t *testing.T) {
	for _, name := range []string{"dovecot.index", "dovecot.index.log", "dovecot-keywords"} {
		t.Run(name, func(t *testing.T) {
			t.Parallel() // It waits for the list for seconds.
			dir := newMaildir(t, "cur/1.a:2,")
			deliver(t, dir, name, "")
			if _, err := tryRule(t, dir, dovecotOptions); !errors.Is(err, errListLost) {
				t.Errorf("%s: %v", name, err)
			}
			wantOnly(t, dir, name)
		})
	}
}

// A list that Dovecot could not read is an error that names the place, and stays
// as it is.
func TestDovecotDamagedList(t *testing.T) {
	for list, want := range map[string]string{
		dovecotHead + "2 :a\n1 :b\n": "dovecot-uidlist line 3: the UID 1 follows the UID 2",
		"":                           "dovecot-uidlist: the file is empty",
		"3 V7":                       "dovecot-uidlist: the file is empty",
	} {
		dir := newMaildir(t, "cur/1.a:2,")
		deliver(t, dir, "dovecot-uidlist", list)
		if _, err := tryRule(t, dir, dovecotOptions); err == nil || err.Error() != want {
			t.Errorf("%v, want %s", err, want)
		}
		wantList(t, dir, "dovecot-uidlist", list)
	}
	dir := newMaildir(t, "cur/1.a:2,")
	if err := os.Symlink("/etc/passwd", filepath.Join(dir, "dovecot-uidlist")); err != nil {
		t.Fatal(err)
	}
	if _, err := tryRule(t, dir, dovecotOptions); err == nil || !strings.Contains(err.Error(), "not a regular file") {
		t.Error(err)
	}
}

// What Dovecot writes anew is written anew: a list of an old version, and one of
// which the last line is not complete. Under the lock no other program writes it.
func TestDovecotRewritten(t *testing.T) {
	for name, tt := range map[string]struct{ list, want string }{
		"version 1": {"1 7 5\n2 1.a:2,S\n", "3 V7 N6 GX\n2 :1.a\n5 :2.b\n"},
		"cut off":   {dovecotHead + "2 W1 :1.a\n3 :2.", "3 V7 N6 GX\n2 W1 :1.a\n5 :2.b\n"},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a:2,", "new/2.b")
			deliver(t, dir, "dovecot-uidlist", tt.list)
			if err := os.Chmod(filepath.Join(dir, "dovecot-uidlist"), 0o640); err != nil {
				t.Fatal(err)
			}
			wantShown(t, dir, dovecotOptions, "0000000200000007", "0000000500000007")
			text, err := os.ReadFile(filepath.Join(dir, "dovecot-uidlist"))
			if err != nil {
				t.Fatal(err)
			}
			if got := regexp.MustCompile("G[0-9a-f]{32}").ReplaceAllString(string(text), "GX"); got != tt.want {
				t.Errorf("%s", text)
			}
			if stat, err := os.Stat(filepath.Join(dir, "dovecot-uidlist")); err != nil || stat.Mode().Perm() != 0o640 {
				t.Errorf("%v, %v", stat.Mode(), err)
			}
			wantOnly(t, dir, "dovecot-uidlist")
		})
	}
}

// A list without a GUID is one that Dovecot will write anew. Until then it can be
// appended to.
func TestDovecotNoGUID(t *testing.T) {
	dir := newMaildir(t, "new/2.b")
	deliver(t, dir, "dovecot-uidlist", "3 V7 N5 Xkept\n")
	wantShown(t, dir, dovecotOptions, "0000000500000007")
	wantList(t, dir, "dovecot-uidlist", "3 V7 N5 Xkept\n5 :2.b\n")
}

// What cannot be listed is left out, and the others are shown.
func TestDovecotLeftOut(t *testing.T) {
	for name, tt := range map[string]struct {
		prepare func(t *testing.T, dir string)
		reason  string
	}{
		"locked": {func(t *testing.T, dir string) { deliver(t, dir, "dovecot-uidlist.lock", "1:host") }, "dovecot-uidlist.lock: another program has locked it"},
		"lock is a directory": {func(t *testing.T, dir string) {
			if err := os.Mkdir(filepath.Join(dir, "dovecot-uidlist.lock"), 0o700); err != nil {
				t.Fatal(err)
			}
		}, "another program has locked it"},
		"no UIDs left": {func(t *testing.T, dir string) {
			deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n4294967294 :x\n")
		}, "no UIDs are left"},
		"twins": {func(t *testing.T, dir string) {
			remove(t, dir, "new/2.b")
			deliver(t, dir, "new/2.b", "one")
			deliver(t, dir, "cur/2.b:2,", "another")
		}, "several files have the same unique name"},
		"line end": {func(t *testing.T, dir string) { rename(t, dir, "new/2.b", "new/2\n.b") }, "a name has a line end"},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newMaildir(t, "cur/1.a:2,", "new/2.b")
			deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n")
			tt.prepare(t, dir)
			before, _ := os.ReadFile(filepath.Join(dir, "dovecot-uidlist"))
			log, text := logger()
			options := dovecotOptions
			options.Log = log
			n, got := shown(t, dir, options)
			if !slices.Equal(got, []string{"0000000100000007"}) || !n.lacks || !strings.Contains(fmt.Sprint(n.reason), tt.reason) {
				t.Errorf("%q, %v, %v", got, n.lacks, n.reason)
			}
			if !strings.Contains(text.String(), "messages left out") || !strings.Contains(text.String(), "files=") {
				t.Errorf("log: %s", text)
			}
			wantList(t, dir, "dovecot-uidlist", string(before))
		})
	}
}

// A list that cannot be made has given no UIDLs: the next login would give others.
func TestDovecotNotMade(t *testing.T) {
	const temp = "dovecot-uidlist.tmp"
	for name, prepare := range map[string]func(dir string) error{
		"directory in the way": func(dir string) error { return os.Mkdir(filepath.Join(dir, temp), 0o700) },
		"link in the way":      func(dir string) error { return os.Symlink("x", filepath.Join(dir, temp)) },
		"hard link in the way": func(dir string) error {
			other := filepath.Join(dir, "other")
			return errors.Join(os.WriteFile(other, nil, 0o600), os.Link(other, filepath.Join(dir, temp)))
		},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t, "cur/1.a:2,", "new/2.b")
			if err := prepare(dir); err != nil {
				t.Fatal(err)
			}
			n, got := shown(t, dir, dovecotOptions)
			if len(got) > 0 || !n.lacks || n.reason == nil {
				t.Errorf("%q, %v, %v", got, n.lacks, n.reason)
			}
			if _, err := os.Lstat(filepath.Join(dir, "dovecot-uidlist")); !os.IsNotExist(err) {
				t.Error(err)
			}
		})
	}
}

// The next login shows what one has left out, although nothing in new and cur has
// changed.
func TestDovecotRetried(t *testing.T) {
	t.Parallel()
	dir := newMaildir(t, "new/2.b")
	deliver(t, dir, "dovecot-uidlist", dovecotHead)
	deliver(t, dir, "dovecot-uidlist.lock", "")
	age(t, dir)
	options := Options{UIDL: UIDLDovecot, Cache: NewCache(1 << 20), Index: true, minIndexed: 1}
	wantUIDLs(t, open(t, dir, options))
	remove(t, dir, "dovecot-uidlist.lock")
	wantUIDLs(t, open(t, dir, options), "0000000500000007")
}

// A snapshot holds only while the list does, whatever it is that has changed in
// it.
func TestDovecotSnapshot(t *testing.T) {
	for name, list := range map[string]string{
		"appended": dovecotHead + "1 :1.a\n2 :2.b\n3 :3.c\n",
		"replaced": dovecotHead + "1 :1.a\n2 O1 :2.b\n",
		"validity": strings.Replace(dovecotHead, "V7", "V8", 1) + "1 :1.a\n2 :2.b\n",
	} {
		for _, cache := range []*Cache{nil, NewCache(1 << 20)} {
			t.Run(name, func(t *testing.T) {
				dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,")
				deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n2 :2.b\n")
				age(t, dir)
				options := Options{UIDL: UIDLDovecot, Cache: cache, Index: true, minIndexed: 1}
				wantUIDLs(t, open(t, dir, options), "0000000100000007", "0000000200000007")
				deliver(t, dir, "list", list)
				rename(t, dir, "list", "dovecot-uidlist")
				want := map[string][]string{
					"appended": {"0000000100000007", "0000000200000007"},
					"replaced": {"0000000200000007", "0000000100000007"},
					"validity": {"0000000100000008", "0000000200000008"},
				}[name]
				wantUIDLs(t, open(t, dir, options), want...)
			})
		}
	}
}

// A lock that nothing has touched for two minutes is removed, and so is no other.
func TestDotlockStale(t *testing.T) {
	for name, tt := range map[string]struct {
		lock, list time.Duration // age
		removed    bool
	}{
		"old":        {3 * time.Minute, 3 * time.Minute, true},
		"young":      {time.Minute, 3 * time.Minute, false},
		"list young": {3 * time.Minute, time.Minute, false},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			dir := newMaildir(t, "new/2.b")
			deliver(t, dir, "dovecot-uidlist", dovecotHead)
			deliver(t, dir, "dovecot-uidlist.lock", "1:host")
			now := time.Now()
			for file, age := range map[string]time.Duration{"dovecot-uidlist": tt.list, "dovecot-uidlist.lock": tt.lock} {
				if err := os.Chtimes(filepath.Join(dir, file), now.Add(3*time.Minute-age), now.Add(3*time.Minute-age)); err != nil {
					t.Fatal(err)
				}
			}
			options := dovecotOptions
			options.clock = func() time.Time { return now.Add(3*time.Minute + time.Second) } // ctime is now
			n, _ := shown(t, dir, options)
			if n.lacks == tt.removed {
				t.Errorf("lacks %v, %v", n.lacks, n.reason)
			}
		})
	}
}

// Sessions that find new messages at the same time list each of them once, and show
// the same.
func TestDovecotTogether(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "dovecot-uidlist", dovecotHead)
	const sessions, rounds = 6, 10
	var work sync.WaitGroup
	for k := range sessions {
		work.Go(func() {
			for i := range rounds {
				deliver(t, dir, fmt.Sprintf("new/%d.M%dP%d", 1000+i, i, k), "")
				if n, err := tryRule(t, dir, dovecotOptions); err != nil || n.lacks {
					t.Errorf("%v, %v", err, n.reason)
				}
			}
		})
	}
	work.Wait()
	_, got := shown(t, dir, dovecotOptions)
	text, err := os.ReadFile(filepath.Join(dir, "dovecot-uidlist"))
	if err != nil || len(got) != sessions*rounds || strings.Count(string(text), "\n") != 1+sessions*rounds {
		t.Errorf("%d messages, %v\n%s", len(got), err, text)
	}
	for i, uidl := range got {
		if want := fmt.Sprintf("%08x00000007", 5+i); uidl != want {
			t.Errorf("message %d: %s, want %s", i+1, uidl, want)
		}
	}
	wantOnly(t, dir, "dovecot-uidlist")
}

// A session that goes on in another process shows what it did.
func TestDovecotResumed(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,", "cur/3.c:2,")
	deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 :1.a\n2 O1 :2.b\n3 :3.c\n")
	want := []string{"0000000200000007", "0000000100000007", "0000000300000007"}
	m := open(t, dir, dovecotOptions)
	wantUIDLs(t, m, want...)
	m = resumed(t, m, dovecotOptions)
	wantUIDLs(t, m, want...)
	update(t, m, mark([]int{1}, nil))
	wantFiles(t, dir, "cur/1.a:2,", "cur/3.c:2,")
}

// Two messages that have the same UIDL in the list get the names that Dovecot gives
// them with pop3_uidl_duplicates = rename. One that no client could read becomes a
// digest, and one that is long stays.
func TestDovecotOddUIDLs(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/2.b:2,", "cur/3.c:2,", "cur/4.d:2,")
	long := strings.Repeat("x", 100)
	deliver(t, dir, "dovecot-uidlist", dovecotHead+"1 O9 Psame :1.a\n2 Psame :2.b\n3 P\xff :3.c\n4 P"+long+" :4.d\n")
	_, got := shown(t, dir, dovecotOptions)
	if len(got) != 4 || got[0] != "same" || got[1] != "same-2" || len(got[2]) != 32 || got[3] != long {
		t.Errorf("%q", got)
	}
}
