package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/uidlist"
)

// listRules are the rules whose UIDLs depend on a file, with that file.
var listRules = map[string]Options{
	uidlFile:    {UIDLConvert: true},
	dovecotList: {UIDL: UIDLDovecot},
	courierList: {UIDL: UIDLCourier},
}

// withIndex are options of a process that knows nothing but the index.
func withIndex(o Options) Options {
	o.Index, o.minIndexed = true, 1
	return o
}

// watchOpens counts how often a file in a Maildir is opened while do runs.
func watchOpens(t testing.TB, dir, file string, do func()) (count int) {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if _, err := unix.InotifyAddWatch(fd, dir, unix.IN_OPEN); err != nil {
		t.Fatal(err)
	}
	do()
	buf := make([]byte, 1<<16)
	for {
		n, err := unix.Read(fd, buf)
		if err != nil {
			return count
		}
		count += strings.Count(string(buf[:n]), file+"\x00")
	}
}

// settleList waits until a change of the Maildir and of a file in it would show, or
// for some milliseconds.
func settleList(t testing.TB, dir, file string, attempts int) bool {
	t.Helper()
	m := open(t, dir, Options{})
	defer m.Close()
	for range attempts {
		l, err := m.look(file)
		if err != nil {
			t.Fatal(err)
		}
		if l.settled {
			return true
		}
		time.Sleep(time.Millisecond)
	}
	return false
}

// login opens a mailbox, and returns how often it opens the file of the rule.
func login(t testing.TB, dir, file string, options Options) int {
	t.Helper()
	if !settleList(t, dir, file, 4000) {
		t.Fatal("the Maildir never becomes old")
	}
	return watchOpens(t, dir, file, func() { _ = open(t, dir, options).Close() })
}

// withList returns a Maildir with messages in another order than that of their
// names, as far as the rule permits, in an index.
func withList(t *testing.T, file string) string {
	t.Helper()
	dir := newMaildir(t)
	const messages = 50
	lists := map[string]*strings.Builder{uidlFile: {}, dovecotList: {}, courierList: {}}
	lists[uidlFile].WriteString(ordered + "gone.1\tgone-uidl\n")
	lists[dovecotList].WriteString("3 V7 N100 G3085f01b7f11094c501100008c4a11c1\n")
	lists[courierList].WriteString("/2 51 7\n")
	for i := range messages {
		name := fmt.Sprintf("%d.M%dP1.host", 1_700_000_000+(i*7)%messages, i)
		deliver(t, dir, "cur/"+name+":2,S", "text\n")
		fmt.Fprintf(lists[uidlFile], "%s\tuidl-%d\n", name, i)
		fmt.Fprintf(lists[dovecotList], "%d :%s\n", i+1, name)
		fmt.Fprintf(lists[courierList], "%s:2,S 6 %d:7\n", name, i+1)
	}
	deliver(t, dir, file, lists[file].String())
	return dir
}

// While the file of the rule is unchanged, a process that knows nothing but the
// index does not read it, and shows the same.
func TestIndexListUnchangedIsNotRead(t *testing.T) {
	for file, options := range listRules {
		t.Run(file, func(t *testing.T) {
			dir := withList(t, file)
			if n := login(t, dir, file, withIndex(options)); n == 0 {
				t.Error("the first login has not read the list")
			}
			size := indexSize(t, dir)
			for range 3 {
				if n := login(t, dir, file, withIndex(options)); n > 0 {
					t.Errorf("the list was opened %d times", n)
				}
				wantSame(t, open(t, dir, withIndex(options)), open(t, dir, options))
			}
			if after := indexSize(t, dir); after != size {
				t.Errorf("the index has grown from %d to %d octets", size, after)
			}
			removeAll(t, filepath.Join(dir, indexName))
			wantSame(t, open(t, dir, withIndex(options)), open(t, dir, options))
		})
	}
}

// A message that is delivered costs a record and its UIDL, and the other UIDLs are
// not written again. If the rule changes its list, that is read once more.
func TestIndexListDelivery(t *testing.T) {
	for file, options := range listRules {
		t.Run(file, func(t *testing.T) {
			dir := withList(t, file)
			for range 2 {
				login(t, dir, file, withIndex(options))
			}
			before := indexSize(t, dir)
			deliver(t, dir, "new/1800000000.M1P1.host", "text\n")
			var opened []int
			for range 4 {
				opened = append(opened, login(t, dir, file, withIndex(options)))
				wantSame(t, open(t, dir, withIndex(options)), open(t, dir, options))
			}
			if opened[2] > 0 || opened[3] > 0 || file == uidlFile && opened[0] > 0 {
				t.Errorf("the list was opened %v times", opened)
			}
			if grown := indexSize(t, dir) - before; grown <= 0 || grown > int64(3*(headOctets+totalsOctets)+100) {
				t.Errorf("the index has grown by %d octets", grown)
			}
		})
	}
}

// A process with memory and index reads the list no more often.
func TestIndexListDeliveryInMemory(t *testing.T) {
	dir := withList(t, uidlFile)
	options := withIndex(listRules[uidlFile])
	options.Cache = NewCache(1 << 20)
	login(t, dir, uidlFile, options)
	for i := range 3 {
		deliver(t, dir, fmt.Sprintf("new/180000000%d.M1P1.host", i), "text\n")
		if n := login(t, dir, uidlFile, options); n > 0 {
			t.Errorf("the list was opened %d times", n)
		}
		wantSame(t, open(t, dir, options), open(t, dir, listRules[uidlFile]))
	}
}

// A message that tpops_uidl has a line for, or whose name is the UIDL of another
// message there, makes the file be read, be the other message there or not.
func TestIndexListFindsLinesOfNewMessages(t *testing.T) {
	options := listRules[uidlFile]
	for name, want := range map[string]string{"gone.1": "gone-uidl", "gone-uidl": sum("gone-uidl"), "uidl-3": sum("uidl-3")} {
		dir := withList(t, uidlFile)
		login(t, dir, uidlFile, withIndex(options))
		deliver(t, dir, "new/"+name, "text\n")
		for range 3 {
			login(t, dir, uidlFile, withIndex(options))
			m := open(t, dir, withIndex(options))
			wantSame(t, m, open(t, dir, options))
			if got := uidlSetOf(m); !got[want] {
				t.Errorf("no message has the UIDL %q", want)
			}
		}
	}
}

// uidlsOf returns the UIDLs of a mailbox.
func uidlSetOf(m *Mailbox) map[string]bool {
	all := map[string]bool{}
	for n := 1; n <= m.Listing().Len(); n++ {
		all[m.Listing().Message(n).UIDL] = true
	}
	return all
}

// Another rule, format or file counts at once.
func TestIndexListOfAnotherRule(t *testing.T) {
	dir := withList(t, uidlFile)
	format, err := uidlist.ParseFormat("%v.%u")
	if err != nil {
		t.Fatal(err)
	}
	all := []Options{listRules[uidlFile], {}, listRules[dovecotList], {UIDL: UIDLDovecot, UIDLFormat: format}, listRules[courierList]}
	for range 2 {
		for _, options := range all {
			file := open(t, dir, options).reader.rule().file()
			for range 3 {
				login(t, dir, file, withIndex(options))
				wantSame(t, open(t, dir, withIndex(options)), open(t, dir, options))
			}
		}
	}
	if err := os.Remove(filepath.Join(dir, uidlFile)); err != nil {
		t.Fatal(err)
	}
	wantSame(t, open(t, dir, withIndex(all[0])), open(t, dir, Options{}))
}

// A list that was written so lately that another change may not show is read again.
func TestIndexListTooYoungIsNotKept(t *testing.T) {
	dir := withList(t, uidlFile)
	login(t, dir, uidlFile, withIndex(listRules[uidlFile]))
	deliver(t, dir, "new/1800000000.M1P1.host", "text\n") // So that the index is written.
	deliver(t, dir, uidlFile, "1800000000.M1P1.host\tyoung\n")
	var stat unix.Stat_t
	if err := unix.Lstat(filepath.Join(dir, uidlFile), &stat); err != nil {
		t.Fatal(err)
	}
	options := withIndex(listRules[uidlFile])
	options.clock = func() time.Time { return time.Unix(stat.Ctim.Unix()).Add(time.Millisecond) }
	if m := open(t, dir, options); m.Listing().Message(m.Listing().Len()).UIDL != "young" {
		t.Error("the UIDL of the list is not shown")
	}
	if l := indexOf(t, dir).table.listed; l == nil || l.state.ino != 0 {
		t.Errorf("the index has %+v", l)
	}
}
