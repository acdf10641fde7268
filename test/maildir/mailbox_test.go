//go:build integration

package maildir

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

func TestInUse(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t)
	first := fixture.LogIn(t, d)
	second := fixture.Dial(t, d)
	second.OK("USER " + fixture.User)
	second.Want("PASS "+fixture.Password, `^-ERR \[IN-USE\] cannot lock: in use from 127\.0\.0\.1 for 0 min$`)
	first.OK("QUIT")
	// The lock is given back before QUIT is answered.
	fixture.LogIn(t, d)
}

// TestInUseFreedByKill kills the holder of the lock: the mailbox is free.
func TestInUseFreedByKill(t *testing.T) {
	box := fixture.Small(t)
	killed, err := daemon.Start(fixture.Program(t, "tpops"), "--auth-type=passwd-file", "--passwd-file="+box.Users)
	if err != nil {
		t.Fatal(err)
	}
	s := fixture.LogIn(t, killed)
	s.OK("DELE 1")
	killed.Kill()
	fixture.LogIn(t, box.Start(t)).OK("QUIT")
	if left := box.Files(t); len(left) != 5 {
		t.Errorf("%d messages are left, want 5: there was no QUIT", len(left))
	}
}

// TestKillDuringQuit kills the server while it deletes many messages: each is
// either gone or there as it was, and those not marked are all there.
func TestKillDuringQuit(t *testing.T) {
	const count = 3000
	for round := range 4 {
		t.Run(fmt.Sprint(round), func(t *testing.T) {
			var messages []corpus.Message
			for i := range count {
				messages = append(messages, corpus.Message{
					Name: fmt.Sprintf("cur/%d.M1P1.host:2,", 1700000000+i),
					Data: fmt.Appendf(nil, "Subject: %d\n\nbody of %d\n", i, i),
				})
			}
			box := fixture.NewMailbox(t, messages)
			d, err := daemon.Start(fixture.Program(t, "tpops"), "--auth-type=passwd-file", "--passwd-file="+box.Users)
			if err != nil {
				t.Fatal(err)
			}
			s := fixture.LogIn(t, d)
			var commands strings.Builder
			for n := 1; n <= count; n += 2 {
				fmt.Fprintf(&commands, "DELE %d\r\n", n)
			}
			if err := s.Send(commands.String() + "QUIT"); err != nil {
				t.Fatal(err)
			}
			// Kill after a different part of the work each time.
			limit := count - 1 - round*400
			fixture.Eventually(t, "some are deleted", func() bool { return len(box.Files(t)) <= limit })
			d.Kill()
			kept := 0
			for i, m := range messages {
				got, err := os.ReadFile(filepath.Join(box.Dir, m.Name))
				switch {
				case err == nil && !bytes.Equal(got, m.Data):
					t.Errorf("message %d is damaged: %q", i+1, got)
				case err != nil && i%2 == 1:
					t.Errorf("message %d was not marked, and is gone", i+1)
				case err == nil:
					kept++
				}
			}
			again := fixture.LogIn(t, box.Start(t))
			if answer := again.OK("STAT"); !strings.HasPrefix(answer, fmt.Sprintf("+OK %d ", kept)) {
				t.Errorf("afterwards %q, want %d messages", answer, kept)
			}
		})
	}
}

// TestDiskFull fills the file system in the middle of a session: mail can
// still be read and deleted, and a new session begun.
func TestDiskFull(t *testing.T) {
	fixture.NeedRoot(t)
	disk := t.TempDir()
	fixture.Command(t, "mount", "-t", "tmpfs", "-o", "size=2m", "tpops-test", disk)
	t.Cleanup(func() { fixture.Command(t, "umount", disk) })
	messages := corpus.Messages(1, 5)
	box := fixture.Mailbox{Dir: filepath.Join(disk, "Maildir"), Users: filepath.Join(t.TempDir(), "users")}
	if err := corpus.Write(box.Dir, messages); err != nil {
		t.Fatal(err)
	}
	if err := daemon.WriteUsers(box.Users, daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: box.Dir}); err != nil {
		t.Fatal(err)
	}
	d := box.Start(t)
	s := fixture.LogIn(t, d)
	fill(t, filepath.Join(disk, "filler"))
	if _, body, err := s.Multi("RETR 2"); err != nil || !bytes.Equal(body, corpus.Wire(messages[1].Data)) {
		t.Errorf("RETR on a full disk: %d octets, %v", len(body), err)
	}
	s.OK("DELE 1")
	s.OK("QUIT")
	if err := os.Remove(filepath.Join(box.Dir, "tpops_lock")); err != nil && !os.IsNotExist(err) {
		t.Fatal(err)
	}
	fill(t, filepath.Join(disk, "filler2"))
	s = fixture.LogIn(t, d)
	s.Want("STAT", `^\+OK 4 `)
	s.OK("DELE 1")
	s.OK("QUIT")
	if left := box.Files(t); len(left) != 3 {
		t.Errorf("%d messages are left, want 3\n%s", len(left), d.Log())
	}
}

// TestReadOnly refuses a mailbox on a file system that is read-only: its client
// could delete nothing and would fetch the same mail at each login.
func TestReadOnly(t *testing.T) {
	fixture.NeedRoot(t)
	box := fixture.Small(t)
	fixture.Command(t, "mount", "--bind", box.Dir, box.Dir)
	t.Cleanup(func() { fixture.Command(t, "umount", box.Dir) })
	fixture.Command(t, "mount", "-o", "remount,bind,ro", box.Dir)
	d := box.Start(t)
	s := fixture.Dial(t, d)
	s.OK("USER " + fixture.User)
	s.Want("PASS "+fixture.Password, `^-ERR \[SYS/PERM\] `)
	if left := box.Files(t); len(left) != 5 {
		t.Errorf("%d messages are left, want 5", len(left))
	}
}

// fill writes a file until nothing more fits.
func fill(t *testing.T, name string) {
	t.Helper()
	f, err := os.Create(name)
	if err != nil {
		return // Not even a name fits.
	}
	defer f.Close()
	for _, size := range []int{64 << 10, 1} {
		for err = nil; err == nil; {
			_, err = f.Write(make([]byte, size))
		}
	}
}
