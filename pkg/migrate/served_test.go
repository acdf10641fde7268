package migrate

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
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
	served := func(dir string) {
		logIn(t, dir, maildir.Options{Lock: true})
		write(t, dir, uidlist.DovecotName, list)
	}
	followed := func(dir string) {
		write(t, dir, uidlist.DovecotName, list)
		logIn(t, dir, maildir.Options{Lock: true, UIDL: maildir.UIDLDovecot})
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
				if r.Status != want || (r.Changed == 2) != (test.name == "served" || test.replace) || want == StatusRefused && !strings.Contains(r.Error, "messages (at least 2) would get other UIDLs") {
					t.Errorf("apply %v: %+v", apply, r)
				}
			}
			if test.want == StatusRefused {
				wantListing(t, dir, "1.a", "2.b")
			}
		})
	}
}

// The command that the refusal of a login names keeps the UIDLs that the mailbox was served
// with last, whichever of our files is lost. Another import does not.
func TestFixKeepsWhatWasServed(t *testing.T) {
	follow := maildir.Options{Lock: true, Index: true, UIDL: maildir.UIDLDovecot, Served: true}
	own := maildir.Options{Lock: true, Index: true, UIDLConvert: true, Refuse: true, Served: true}
	imported := func(t *testing.T, dir string) {
		if r := apply(t, Dovecot{}, dir); r.Status != StatusImported {
			t.Fatalf("%+v", r)
		}
	}
	for _, test := range []struct {
		name   string
		before func(t *testing.T, dir string) // the first login
		serve  maildir.Options
		lost   []string
	}{
		{"imported, tpops_uidl lost", imported, own, []string{"tpops_uidl"}},
		{"imported, all but tpops_served lost", imported, own, []string{"tpops_uidl", "tpops_index", "tpops_lock"}},
		{"followed, no file lost", nil, follow, nil},
		{"followed, tpops_lock lost", nil, follow, []string{"tpops_lock"}},
		{"followed, tpops_served lost", nil, follow, []string{"tpops_served"}},
		{"followed, all but tpops_served lost", nil, follow, []string{"tpops_lock", "tpops_index"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir, want := withList(t, 40)
			if test.before != nil {
				test.before(t, dir)
			}
			logIn(t, dir, test.serve)
			for _, name := range test.lost {
				if err := os.Remove(filepath.Join(dir, name)); err != nil {
					t.Fatal(err)
				}
			}
			_, err := maildir.Open(t.Context(), nil, dir, own)
			refusal, _ := maildir.RefusalOf(err, dir)
			if refusal.Fix != "tpopsctl import --from dovecot --apply "+dir {
				t.Fatalf("%+v, %v", refusal, err)
			}
			if !slices.Contains(test.lost, "tpops_served") {
				im := &Importer{Source: NameMD5(), Apply: true}
				if r := im.Mailbox(t.Context(), Job{Maildir: dir}); r.Status != StatusRefused {
					t.Errorf("other UIDLs: %+v", r)
				}
			}
			imported(t, dir)
			if got := logIn(t, dir, own); !slices.Equal(got, want) {
				t.Errorf("UIDLs %q, want %q", got, want)
			}
		})
	}
}

// A list in which few UIDLs have changed still brings back the others. Without a refusal one
// is too many.
func TestFewChanges(t *testing.T) {
	dir, _ := withList(t, 40)
	logIn(t, dir, maildir.Options{Lock: true, UIDL: maildir.UIDLDovecot, Served: true})
	text, err := os.ReadFile(filepath.Join(dir, uidlist.DovecotName))
	if err != nil {
		t.Fatal(err)
	}
	write(t, dir, uidlist.DovecotName, strings.NewReplacer("N41", "N42", "\n40 :", "\n41 :").Replace(string(text)))
	if r := apply(t, Dovecot{}, dir); r.Status != StatusImported || r.Changed != 1 {
		t.Errorf("%+v", r)
	}
	dir, _ = withList(t, 1)
	logIn(t, dir, maildir.Options{Lock: true, UIDL: maildir.UIDLDovecot, Served: true})
	write(t, dir, uidlist.DovecotName, "3 V8 N2\n1 :1.a\n")
	if r := apply(t, Dovecot{}, dir); r.Status != StatusRefused || !strings.Contains(r.Error, "messages (at least 1) would") {
		t.Errorf("%+v", r)
	}
}

// withList makes a Maildir with so many messages and a list of Dovecot, and returns their
// UIDLs.
func withList(t *testing.T, count int) (dir string, uidls []string) {
	t.Helper()
	files := map[string]string{}
	list := fmt.Sprintf("3 V7 N%d\n", count+1)
	for k := 1; k <= count; k++ {
		name := fmt.Sprintf("%d.a", k)
		files["cur/"+name+":2,S"] = "text\r\n"
		list += fmt.Sprintf("%d :%s:2,S\n", k, name)
		uidls = append(uidls, fmt.Sprintf("%08x%08x", k, 7))
	}
	dir = newMaildir(t, files)
	write(t, dir, uidlist.DovecotName, list)
	return dir, uidls
}

// logIn returns the UIDLs of a mailbox.
func logIn(t *testing.T, dir string, o maildir.Options) (uidls []string) {
	t.Helper()
	m, err := maildir.Open(t.Context(), nil, dir, o)
	if err != nil {
		t.Fatal(err)
	}
	defer m.Close()
	for n := range m.Listing().Len() {
		uidls = append(uidls, m.Listing().Message(n+1).UIDL)
	}
	return uidls
}
