package migrate

import (
	"strings"
	"testing"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

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
		{"after a move back", "3 V7 N6\n2 :2.b\n3 :1.a\n4 P3.c :3.c\n5 :4.d\n", Dovecot{}, "at the old server: 1;"},
		{"both", "3 V7 N6\n2 :2.b\n3 :1.a\n4 :3.c\n5 :4.d\n", Dovecot{}, "at the old server: 1;"},
		{"no list is read", "3 V7 N6\n2 :2.b\n3 :1.a\n5 :4.d\n", Qmail(), ""},
		{"the list is damaged", "3 V7 N6\n2 :2", Dovecot{}, ""},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := imported(t)
			if r := apply(t, Dovecot{}, dir); r.Status != StatusImported {
				t.Fatalf("%+v", r)
			}
			write(t, dir, "new/3.c", "")
			logIn(t, dir, maildir.Options{Lock: true, UIDLConvert: true, Refuse: true, Index: true, Served: true})
			write(t, dir, "new/4.d", "")
			write(t, dir, uidlist.DovecotName, test.list)
			r := apply(t, test.source, dir)
			notes := strings.Join(r.Notes, " ")
			if r.Status != StatusDone || r.Failed() || (notes == "") != (test.want == "") || !strings.Contains(notes, test.want) {
				t.Errorf("%+v", r)
			}
		})
	}
}
