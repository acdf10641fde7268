package migrate

import (
	"strings"
	"testing"

	"tpops/pkg/maildir"
	"tpops/pkg/uidlist"
)

// A mailbox that TPOPS has served keeps the UIDLs that clients know. Its users may have come
// after the move, and Dovecot has a list because it serves IMAP: an import of all users that
// is run again must not change it.
func TestServedIsNotImported(t *testing.T) {
	const list = "3 V7 N9\n2 :1.a\n4 :2.b\n"
	serve := func(dir string, o maildir.Options) {
		o.Lock = true
		m, err := maildir.Open(t.Context(), nil, dir, o)
		if err != nil {
			t.Fatal(err)
		}
		_ = m.Close()
	}
	served := func(dir string) {
		serve(dir, maildir.Options{})
		write(t, dir, uidlist.DovecotName, list)
	}
	followed := func(dir string) {
		write(t, dir, uidlist.DovecotName, list)
		serve(dir, maildir.Options{UIDL: maildir.UIDLDovecot})
	}
	refused := func(dir string) {
		write(t, dir, uidlist.DovecotName, list)
		if _, err := maildir.Open(t.Context(), nil, dir, maildir.Options{Lock: true, UIDLConvert: true, Refuse: true}); err == nil {
			t.Fatal("not refused")
		}
	}
	for _, test := range []struct {
		name    string
		before  func(dir string)
		source  Source
		replace bool
		want    string
	}{
		{"served", served, Dovecot{}, false, StatusRefused},
		{"served, with Replace", served, Dovecot{}, true, StatusImported},
		{"served with the same UIDLs", served, Qmail(), false, StatusImported},
		{"served with the UIDLs of Dovecot", followed, Dovecot{}, false, StatusImported},
		{"refused until the import", refused, Dovecot{}, false, StatusImported},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := newMaildir(t, empty("new/1.a cur/2.b:2,S"))
			test.before(dir)
			for _, apply := range []bool{false, true} {
				want := test.want
				if !apply && want == StatusImported {
					want = StatusReady
				}
				im := &Importer{Source: test.source, Apply: apply, Replace: test.replace}
				r := im.Mailbox(t.Context(), Job{Maildir: dir})
				if r.Status != want || want == StatusRefused && !strings.Contains(r.Error, "2 messages would get other UIDLs") {
					t.Errorf("apply %v: %+v", apply, r)
				}
			}
			if test.want == StatusRefused {
				wantListing(t, dir, "1.a", "2.b")
			}
		})
	}
}
