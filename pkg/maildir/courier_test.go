package maildir

import (
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

var courierOptions = Options{UIDL: UIDLCourier}

// What is listed has its number; what is not gets the next one, in the order of
// names, in which all are shown. Messages that are gone are not written again.
func TestCourierRule(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1000.b:2,S", "Subject: x\n\ntext\n")
	deliver(t, dir, "cur/1000.a:2,", "Subject: x\n\ntext\r\n")
	deliver(t, dir, "new/900.c", "Subject: \xc3\xa4\n\nt\n")
	deliver(t, dir, "new/1000.M10", "Subject: x\n\n\xc3\xa4\n")
	deliver(t, dir, "courierpop3dsizelist", "/3 9 77\n1000.b:2, 20 4:55:0\ngone:2, 5 3:55:0\n")
	want := []string{"UID9-77", "UID10-77", "UID11-77", "UID4-55"}
	for range 2 {
		wantShown(t, dir, courierOptions, want...)
		wantList(t, dir, "courierpop3dsizelist", "/3 12 77\n900.c:2, 18 9:77:1\n1000.M10:2, 18 10:77:0\n1000.a:2, 20 11:77:0\n1000.b:2,S 20 4:55:0\n")
		wantOnly(t, dir, "courierpop3dsizelist")
	}
	remove(t, dir, "cur/1000.a:2,")
	wantShown(t, dir, courierOptions, "UID9-77", "UID10-77", "UID4-55")
}

func TestCourierFirst(t *testing.T) {
	dir := newMaildir(t, "new/2.b", "new/1.a")
	_, got := shown(t, dir, courierOptions)
	text, err := os.ReadFile(filepath.Join(dir, "courierpop3dsizelist"))
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`^/3 3 (\d+)\n1\.a:2, 0 1:(\d+):0\n2\.b:2, 0 2:(\d+):0\n$`).FindStringSubmatch(string(text))
	if m == nil || m[1] != m[2] || m[1] != m[3] || !slices.Equal(got, []string{"UID1-" + m[1], "UID2-" + m[1]}) {
		t.Errorf("%q\n%s", got, text)
	}
}

func TestCourierRefused(t *testing.T) {
	for list, want := range map[string]string{
		"/1 9\n1.a 5 1\n":     "courierpop3dsizelist: its version is older than 2",
		"1.a 5\n":             "courierpop3dsizelist: its version is older than 2",
		"/3 9 7\n1.a 5\n":     "courierpop3dsizelist line 2: the line is not an entry of version 3",
		"/3 9 7\n1.a 5 1:7:0": "courierpop3dsizelist: the last line is not complete",
	} {
		dir := newMaildir(t, "cur/1.a:2,")
		deliver(t, dir, "courierpop3dsizelist", list)
		if _, err := tryRule(t, dir, courierOptions); err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%v, want %s", err, want)
		}
		wantList(t, dir, "courierpop3dsizelist", list)
	}
}

// If the list cannot be written, new messages wait; those that are listed are
// shown.
func TestCourierLeftOut(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "new/2.b")
	deliver(t, dir, "courierpop3dsizelist", "/3 9 7\n1.a 5 1:7:0\n")
	removeAll(t, filepath.Join(dir, "tmp"))
	n, got := shown(t, dir, courierOptions)
	if !slices.Equal(got, []string{"UID1-7"}) || !n.lacks || !strings.Contains(fmt.Sprint(n.reason), "tmp") {
		t.Errorf("%q, %v", got, n.reason)
	}
	wantList(t, dir, "courierpop3dsizelist", "/3 9 7\n1.a 5 1:7:0\n")
}

// Messages that share a unique name are shown, with UIDLs of their own.
func TestCourierTwins(t *testing.T) {
	dir := newMaildir(t, "cur/1.a:2,", "cur/3.c:2,")
	deliver(t, dir, "new/2.b", "one")
	deliver(t, dir, "cur/2.b:2,", "another")
	deliver(t, dir, "courierpop3dsizelist", "/3 9 7\n1.a:2, 0 1:7:0\n2.b:2, 0 2:7:0\n")
	_, got := shown(t, dir, courierOptions)
	if len(got) != 4 || got[0] != "UID1-7" || len(got[1]) != 32 || len(got[2]) != 32 || got[1] == got[2] || got[3] != "UID9-7" {
		t.Errorf("%q", got)
	}
	if _, again := shown(t, dir, courierOptions); !slices.Equal(got, again) {
		t.Errorf("%q became %q", got, again)
	}
}

// A message that cannot be read gets its number too, as from Courier, and keeps no
// other message from getting one.
func TestCourierUnreadable(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "new/2.b", "new/3.c")
	deliver(t, dir, "courierpop3dsizelist", "/3 9 7\n")
	owner := someUser(t, dir)
	restrict(t, filepath.Join(dir, "new/2.b"), 0)
	for range 2 {
		wantUIDLs(t, openAs(t, owner, dir, courierOptions), "UID9-7", "UID10-7", "UID11-7")
		wantList(t, dir, "courierpop3dsizelist", "/3 12 7\n1.a:2, 0 9:7:0\n2.b:2, 0 10:7:0\n3.c:2, 0 11:7:0\n")
	}
}
