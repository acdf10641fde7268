package migrate

import (
	"encoding/binary"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

// serve is how a session opens a mailbox.
var serve = maildir.Options{Lock: true, UIDLConvert: true, Refuse: true, Index: true, Served: true}

// An import that is run again skips the mailbox, and reports the messages whose UIDLs clients may
// have got from the old server after a move back. Those that TPOPS has served keep their UIDLs.
func TestLaterMessages(t *testing.T) {
	const first = "3 V7 N4\n2 :2.b\n3 :1.a\n"
	for _, test := range []struct {
		name, list string // of Dovecot, at the second import
		source     Source
		want       string
	}{
		{"nothing has changed", first, Dovecot{}, ""},
		{"with the UIDLs of TPOPS saved", "3 V7 N6\n2 :2.b\n3 :1.a\n4 P3.c :3.c\n", Dovecot{}, ""},
		{"Dovecot has IMAP alone", "3 V7 N6\n2 :2.b\n3 :1.a\n4 :3.c\n", Dovecot{}, ""},
		{"after a move back", "3 V7 N6\n2 :2.b\n3 :1.a\n4 P3.c :3.c\n5 :4.d\n", Dovecot{}, "at the old server: 1; if clients have fetched mail there since the import, add --replace"},
		{"both", "3 V7 N6\n2 :2.b\n3 :1.a\n4 :3.c\n5 :4.d\n", Dovecot{}, "at the old server: 1; if clients have fetched mail there since the import, add --replace; that also changes the UIDLs of messages that TPOPS has served: 1"},
		{"no list is read", "3 V7 N6\n2 :2.b\n3 :1.a\n5 :4.d\n", Qmail(), ""},
		{"the list is damaged", "3 V7 N6\n2 :2", Dovecot{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := imported(t)
			if r := apply(t, Dovecot{}, dir); r.Status != StatusImported {
				t.Fatalf("%+v", r)
			}
			write(t, dir, "new/3.c", "")
			logIn(t, dir, serve)
			write(t, dir, "new/4.d", "")
			write(t, dir, uidlist.DovecotName, test.list)
			r := apply(t, test.source, dir)
			notes := strings.Join(r.Notes, " ")
			if r.Status != StatusDone || r.Failed() || (notes == "") != (test.want == "") || !strings.HasSuffix(notes, test.want) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// pop3_reuse_xuidl changes nothing of it: the note is the same, without reading a message.
func TestLaterMessagesReuse(t *testing.T) {
	source := Dovecot{ReuseXUIDL: true}
	for _, test := range []struct{ name, list, want string }{
		{"nothing has changed", "3 V7 N3\n1 :1.a\n2 :2.b\n", ""},
		{"Dovecot has IMAP alone", "3 V7 N4\n1 :1.a\n2 :2.b\n3 :3.c\n", ""},
		{"after a move back", "3 V7 N5\n1 :1.a\n2 :2.b\n3 P3.c :3.c\n4 :4.d\n", "at the old server: 1; if clients have fetched mail there since the import, add --replace"},
		{"both", "3 V7 N5\n1 :1.a\n2 :2.b\n3 :3.c\n4 :4.d\n", "that also changes the UIDLs of messages that TPOPS has served: 1"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := newMaildir(t, map[string]string{"cur/1.a:2,S": "X-UIDL: first\n\n", "cur/2.b:2,S": "Subject: second\n\n"})
			write(t, dir, uidlist.DovecotName, "3 V7 N3\n1 :1.a\n2 :2.b\n")
			if r := apply(t, source, dir); r.Status != StatusImported || r.Kept != 2 {
				t.Fatalf("%+v", r)
			}
			write(t, dir, "new/3.c", "X-UIDL: third\n\n")
			wantServed := []string{"first", "0000000200000007", "3.c"}
			if got := logIn(t, dir, serve); !slices.Equal(got, wantServed) {
				t.Fatalf("%q", got)
			}
			write(t, dir, "new/4.d", "X-UIDL: fourth\n\n")
			write(t, dir, uidlist.DovecotName, test.list)
			r := apply(t, source, dir)
			notes := strings.Join(r.Notes, " ")
			if r.Status != StatusDone || (notes == "") != (test.want == "") || !strings.HasSuffix(notes, test.want) {
				t.Errorf("%+v", r)
			}
		})
	}
}

// Of a mailbox with more messages than tpops_served has, the note has limits.
func TestLaterMessagesSampled(t *testing.T) {
	dir := imported(t)
	if r := apply(t, Dovecot{}, dir); r.Status != StatusImported {
		t.Fatalf("%+v", r)
	}
	list := "3 V7 N999\n2 :2.b\n3 :1.a\n"
	for k := range 300 {
		write(t, dir, fmt.Sprintf("new/%d.x", 100+k), "")
		list += fmt.Sprintf("%d :%d.x\n", 100+k, 100+k)
	}
	logIn(t, dir, serve)
	write(t, dir, uidlist.DovecotName, list)
	want := "not served yet, with another UIDL at the old server: at most 44; if clients have fetched mail there since the import, add --replace; that also changes the UIDLs of messages that TPOPS has served: at least 256"
	if r := apply(t, Dovecot{}, dir); strings.Join(r.Notes, " ") != want {
		t.Errorf("%+v", r)
	}
}

// With Replace the report has the messages that clients know under another UIDL.
func TestReplaceReportsServed(t *testing.T) {
	dir := imported(t)
	if r := apply(t, Dovecot{}, dir); r.Status != StatusImported || r.Changed != 0 {
		t.Fatalf("%+v", r)
	}
	write(t, dir, "new/3.c", "")
	logIn(t, dir, serve)
	write(t, dir, "new/4.d", "")
	write(t, dir, uidlist.DovecotName, "3 V7 N6\n2 :2.b\n3 :1.a\n4 :3.c\n5 :4.d\n")
	for _, test := range []struct {
		apply  bool
		status string
	}{{false, StatusReady}, {true, StatusImported}} {
		im := &Importer{Source: Dovecot{}, Apply: test.apply, Replace: true}
		if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != test.status || r.Kept != 4 || r.Changed != 1 || r.Failed() {
			t.Errorf("apply %v: %+v", test.apply, r)
		}
	}
	wantListing(t, dir, "0000000200000007", "0000000300000007", "0000000400000007", "0000000500000007")
}

// A login waits while an import has the mailbox: one that skips it opens no message.
func TestSkippedIsNotRead(t *testing.T) {
	for _, source := range []Dovecot{{}, {ReuseXUIDL: true}} {
		dir := imported(t)
		if r := apply(t, source, dir); r.Status != StatusImported {
			t.Fatalf("%+v", r)
		}
		write(t, dir, "new/4.d", "X-UIDL: fourth\n\n")
		write(t, dir, uidlist.DovecotName, "3 V7 N6\n2 :2.b\n3 :1.a\n5 :4.d\n")
		opened := watchOpens(t, dir)
		im := &Importer{Source: source, Apply: true}
		if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusDone || len(r.Notes) != 1 {
			t.Errorf("%+v", r)
		}
		if count := opened(); count != 0 {
			t.Errorf("%+v: %d messages opened", source, count)
		}
		im.Replace = true
		if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusImported || opened() == 0 {
			t.Errorf("no message opened: %+v", r)
		}
	}
}

// watchOpens returns a function that returns how many files of new and cur were opened since the
// last call.
func watchOpens(t *testing.T, dir string) func() int {
	t.Helper()
	fd, err := unix.InotifyInit1(unix.IN_NONBLOCK | unix.IN_CLOEXEC)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = unix.Close(fd) })
	for _, sub := range []string{"new", "cur"} {
		if _, err := unix.InotifyAddWatch(fd, filepath.Join(dir, sub), unix.IN_OPEN); err != nil {
			t.Fatal(err)
		}
	}
	return func() (count int) {
		buf := make([]byte, 1<<16)
		n, err := unix.Read(fd, buf)
		if err != nil && err != unix.EAGAIN {
			t.Fatal(err)
		}
		for at := 0; at < n; at += unix.SizeofInotifyEvent + int(binary.NativeEndian.Uint32(buf[at+12:])) {
			if binary.NativeEndian.Uint32(buf[at+4:])&unix.IN_ISDIR == 0 {
				count++
			}
		}
		return count
	}
}
