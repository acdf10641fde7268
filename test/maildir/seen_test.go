//go:build integration

package maildir

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tpops/test/fixture"
)

// TestSeenFlags: at QUIT what was retrieved has the flag S, in cur/ whatever
// it was before; RSET takes that back; TOP never gives it; and LAST knows it in
// the next session.
func TestSeenFlags(t *testing.T) {
	box := fixture.NewMailbox(t, nil)
	for _, name := range []string{"new/1.a", "new/2.b", "cur/3.c:2,", "cur/4.d:2,F", "cur/5.e:2,"} {
		if err := os.WriteFile(filepath.Join(box.Dir, name), []byte("Subject: x\n\ntext\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := box.Start(t)
	multi := func(s fixture.Session, commands ...string) {
		t.Helper()
		for _, command := range commands {
			if _, body, err := s.Multi(command); err != nil || len(body) == 0 {
				t.Fatalf("%s: %d octets, %v", command, len(body), err)
			}
		}
	}
	s := fixture.LogIn(t, d)
	multi(s, "RETR 2", "RETR 5")
	s.Want("LAST", `^\+OK 0$`) // Message 1 was not retrieved.
	multi(s, "RETR 1")
	s.Want("LAST", `^\+OK 2$`)
	s.OK("RSET")
	s.Want("LAST", `^\+OK 0$`)
	multi(s, "RETR 1", "RETR 4", "TOP 3 1")
	s.OK("QUIT")
	want := []string{"cur/1.a:2,S", "cur/3.c:2,", "cur/4.d:2,FS", "cur/5.e:2,", "new/2.b"}
	got := box.Files(t)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	fixture.LogIn(t, d).Want("LAST", `^\+OK 1$`)
}
