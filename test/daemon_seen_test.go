//go:build integration

package test

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// TestSeenFlags: at QUIT what was retrieved has the flag S, in cur/ whatever
// it was before; RSET takes that back; TOP never gives it; and LAST knows it in
// the next session.
func TestSeenFlags(t *testing.T) {
	box := newMailbox(t, nil)
	for _, name := range []string{"new/1.a", "new/2.b", "cur/3.c:2,", "cur/4.d:2,F", "cur/5.e:2,"} {
		if err := os.WriteFile(filepath.Join(box.dir, name), []byte("Subject: x\n\ntext\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	d := box.start(t)
	multi := func(s session, commands ...string) {
		t.Helper()
		for _, command := range commands {
			if _, body, err := s.Multi(command); err != nil || len(body) == 0 {
				t.Fatalf("%s: %d octets, %v", command, len(body), err)
			}
		}
	}
	s := logIn(t, d)
	multi(s, "RETR 2", "RETR 5")
	s.want("LAST", `^\+OK 0$`) // Message 1 was not retrieved.
	multi(s, "RETR 1")
	s.want("LAST", `^\+OK 2$`)
	s.ok("RSET")
	s.want("LAST", `^\+OK 0$`)
	multi(s, "RETR 1", "RETR 4", "TOP 3 1")
	s.ok("QUIT")
	want := []string{"cur/1.a:2,S", "cur/3.c:2,", "cur/4.d:2,FS", "cur/5.e:2,", "new/2.b"}
	got := box.files(t)
	slices.Sort(got)
	if !slices.Equal(got, want) {
		t.Errorf("files %q, want %q", got, want)
	}
	logIn(t, d).want("LAST", `^\+OK 1$`)
}
