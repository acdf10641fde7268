//go:build integration

package processes

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// sharedUsers is in the name of the file in memory with the rows of passwd-file.
const sharedUsers = "tpops-users"

// holdsUsers returns whether a process has the rows of passwd-file mapped, and whether it
// has a descriptor of them.
func holdsUsers(t *testing.T, pid int) (mapped, open bool) {
	t.Helper()
	maps, err := os.ReadFile(fmt.Sprintf("/proc/%d/maps", pid))
	if err != nil {
		t.Fatal(err)
	}
	files, err := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid))
	if err != nil || len(files) == 0 {
		t.Fatalf("no descriptors, %v", err)
	}
	return strings.Contains(string(maps), sharedUsers), slices.ContainsFunc(files, func(file string) bool {
		target, _ := os.Readlink(file) // It may have been closed.
		return strings.Contains(target, sharedUsers)
	})
}

// wantUsers checks what holdsUsers returns.
func wantUsers(t *testing.T, when string, pid int, wantMapped bool) {
	t.Helper()
	if mapped, open := holdsUsers(t, pid); mapped != wantMapped || open {
		t.Errorf("%s: the users are mapped: %t, want %t; open: %t", when, mapped, wantMapped, open)
	}
}

// oneMore adds a user with the password and mailbox of the others, and returns the name.
func oneMore(t *testing.T, box fixture.Mailbox, name string) string {
	t.Helper()
	text := fixture.Read(t, box.Users)
	row, _, _ := strings.Cut(text, "\n")
	_, fields, _ := strings.Cut(row, ":")
	if err := os.WriteFile(box.Users+".new", []byte(text+name+":"+fields+"\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(box.Users+".new", box.Users); err != nil {
		t.Fatal(err)
	}
	return name
}

// logsIn reports whether a user can log in to a daemon for which passwords do not differ.
func logsIn(t *testing.T, d *daemon.Daemon, user string) bool {
	t.Helper()
	s := fixture.Dial(t, d)
	s.OK("USER " + user)
	ok := strings.HasPrefix(s.Answer("PASS "+fixture.Password), "+OK")
	if ok {
		s.OK("QUIT")
	}
	return ok
}

// TestUsersShared checks which processes have the rows of passwd-file in their memory. A
// fork child must not have them after login: it is the owner of one mailbox then.
func TestUsersShared(t *testing.T) {
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			box := fixture.Small(t)
			d := box.Start(t, "--parallel-type="+kind, "--max-servers=1")
			s := fixture.Dial(t, d)
			child := fixture.Serving(t, d.PID())[0]
			wantUsers(t, "before login", child, true)
			s.OK("USER " + fixture.User)
			s.OK("PASS " + fixture.Password)
			wantUsers(t, "after login", child, kind == "prefork")
			if mapped, _ := holdsUsers(t, d.PID()); mapped {
				t.Error("the parent has mapped the users")
			}
			s.OK("QUIT")
		})
	}
}

// TestUsersChanged checks that a change of passwd-file holds for the next login, and that
// later children share the new rows.
func TestUsersChanged(t *testing.T) {
	for _, kind := range []string{"prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			box := fixture.Small(t)
			d := box.Start(t, "--parallel-type="+kind, "--max-servers=1", "--error-interval=0")
			if logsIn(t, d, "newcomer") {
				t.Fatal("an unknown user can log in")
			}
			if !logsIn(t, d, oneMore(t, box, "newcomer")) {
				t.Fatal("the new user cannot log in")
			}
			fixture.Eventually(t, "a child shares the new rows", func() bool {
				s := fixture.Dial(t, d)
				mapped, _ := holdsUsers(t, fixture.Serving(t, d.PID())[0])
				s.OK("QUIT")
				return mapped
			})
			if !logsIn(t, d, "newcomer") || logsIn(t, d, "another") {
				t.Error("the shared rows differ from the file")
			}
		})
	}
}
