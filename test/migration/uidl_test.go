//go:build integration

package migration

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestOldUIDLs serves a mailbox that 0.8 served with maildir-uidl-convert: each
// message has the UIDL that clients know it by, also after it was read, after
// others were deleted, and after the server was started again.
func TestOldUIDLs(t *testing.T) {
	box := fixture.NewMailbox(t, nil)
	// The names, flags and lines that 0.8 knew. Its own lock file lies there too.
	for name, text := range map[string]string{
		"cur/1100000001.12.mail:2,S":   "Subject: one\n\n1\n",
		"cur/1100000002.13.mail:2,":    "Subject: two\n\n2\n",
		"new/1100000003.14.mail":       "Subject: three\n\n3\n",
		"new/1100000004.15.mail,S=17":  "Subject: four\n\n4\n",
		"cur/1100000005.16.mail:2,FRS": "Subject: five\n\n5\n",
		"tpops_lock":                   "",
		"tpops_uidl": "1100000001.12.mail\t4a5b0001\n1100000003.14.mail\tUID12-1099\n" +
			"1100000005.16.mail\t!old~uidl!\n1100000099.99.mail\tgone\n",
	} {
		if err := os.WriteFile(filepath.Join(box.Dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	want := []string{"1 4a5b0001", "2 1100000002.13.mail", "3 UID12-1099", "4 1100000004.15.mail,S=17", "5 !old~uidl!"}
	d := box.Start(t, "--maildir-uidl-convert")
	uidls := func(s fixture.Session) []string {
		t.Helper()
		_, body, err := s.Multi("UIDL")
		if err != nil {
			t.Fatal(err)
		}
		return strings.Split(strings.TrimSuffix(strings.ReplaceAll(string(body), "\r\n", "\n"), "\n"), "\n")
	}
	s := fixture.LogIn(t, d)
	if got := uidls(s); !slices.Equal(got, want) {
		t.Fatalf("UIDLs %q", got)
	}
	s.Want("UIDL 3", `^\+OK 3 UID12-1099$`)
	if _, _, err := s.Multi("RETR 3"); err != nil {
		t.Fatal(err)
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	want = []string{"1 1100000002.13.mail", "2 UID12-1099", "3 1100000004.15.mail,S=17", "4 !old~uidl!"}
	s = fixture.LogIn(t, d)
	if got := uidls(s); !slices.Equal(got, want) {
		t.Errorf("after the first session: UIDLs %q", got)
	}
	s.OK("QUIT")
	if err := d.Stop(); err != nil {
		t.Fatal(err)
	}
	if got := uidls(fixture.LogIn(t, box.Start(t, "--maildir-uidl-convert", "--port="+d.Addr))); !slices.Equal(got, want) {
		t.Errorf("after a new start: UIDLs %q", got)
	}
	if !slices.Contains(box.Files(t), "cur/1100000003.14.mail:2,S") {
		t.Errorf("the message that was read has no flag: %q", box.Files(t))
	}
}
