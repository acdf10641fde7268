//go:build integration

package maildir

import (
	"encoding/json"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// undoConfig writes the configuration of a server that keeps deleted messages.
func undoConfig(t *testing.T, box fixture.Mailbox, more string) string {
	t.Helper()
	return fixture.Write(t, "tpops.toml", fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = %q\nkeep-deleted = \"7d\"\n%s", box.Users, more))
}

// ctl runs tpopsctl and wants an exit code.
func ctl(t *testing.T, want int, args ...string) string {
	t.Helper()
	code, out, errs := fixture.RunTpopsctl(t, args...)
	if code != want {
		t.Fatalf("tpopsctl %q: exit %d, %s%s", args, code, out, errs)
	}
	return out
}

// uidlList returns the answer to UIDL.
func uidlList(t *testing.T, d *daemon.Daemon) string {
	t.Helper()
	s := fixture.LogIn(t, d)
	_, lines, err := s.Multi("UIDL")
	if err != nil {
		t.Fatal(err)
	}
	s.OK("QUIT")
	return string(lines)
}

// TestUndo deletes messages, lists them and puts them back, in every process model.
func TestUndo(t *testing.T) { fixture.EachType(t, testUndo) }

func testUndo(t *testing.T, parallelType string) {
	box := fixture.Small(t)
	config := undoConfig(t, box, "")
	// With mail-roots the kernel restricts what may be made and moved.
	d := box.Start(t, "--config="+config, "--mail-roots="+filepath.Dir(box.Dir), parallelType)
	before := uidlList(t, d)
	files := strings.Join(box.Files(t), " ")
	s := fixture.LogIn(t, d)
	s.OK("DELE 2")
	s.OK("DELE 4")
	s.OK("QUIT")
	fixture.Eventually(t, "the log of both messages", func() bool {
		return strings.Count(d.Log(), "kept=true") == 2
	})
	var row struct{ Session, Remote, UIDL string }
	listed := ctl(t, 0, "deleted", "-f", config, "--json", fixture.User)
	first, _, _ := strings.Cut(listed, "\n")
	if err := json.Unmarshal([]byte(first), &row); err != nil || strings.Count(listed, "\n") != 2 || row.Remote != "127.0.0.1" ||
		!strings.Contains(d.Log(), "session="+row.Session) || !strings.Contains(before, " "+row.UIDL+"\r\n") && !strings.Contains(before, " "+row.UIDL+"\n") {
		t.Errorf("%v: %s in %s", err, listed, before)
	}
	if table := ctl(t, 0, "deleted", "--maildir="+box.Dir); strings.Count(table, "\n") != 3 || !strings.Contains(table, row.Session) {
		t.Error(table)
	}
	if strings.HasSuffix(parallelType, "thread") { // It takes 10 seconds.
		open := fixture.LogIn(t, d)
		ctl(t, 75, "undo", "-f", config, "--user="+fixture.User)
		open.Want("STAT", `^\+OK 3 `)
		open.OK("QUIT")
	}
	ctl(t, 0, "undo", "-f", config, "--dry-run", "--session="+row.Session)
	ctl(t, 1, "undo", "-f", config, "--session=none")
	ctl(t, 0, "undo", "-f", config, "--session="+row.Session)
	ctl(t, 1, "undo", "-f", config, "--session="+row.Session)
	if after := uidlList(t, d); after != before {
		t.Errorf("UIDLs\n%s instead of\n%s", after, before)
	}
	if got := strings.Join(box.Files(t), " "); got != files {
		t.Errorf("files %s instead of %s", got, files)
	}
}

// TestUndoInetd does so with the process of one connection.
func TestUndoInetd(t *testing.T) {
	box := fixture.Small(t)
	config := undoConfig(t, box, "")
	s, cmd := fixture.StartInetd(t, "--config="+config)
	s.OK("USER " + fixture.User)
	s.OK("PASS " + fixture.Password)
	s.OK("DELE 1")
	s.OK("QUIT")
	_ = cmd.Wait()
	if n := len(box.Files(t)); n != 4 {
		t.Fatalf("%d messages are left", n)
	}
	if out := ctl(t, 0, "undo", "-f", config, "--user="+fixture.User, "--since=1h"); !strings.Contains(out, "put back") {
		t.Error(out)
	}
	if n := len(box.Files(t)); n != 5 {
		t.Fatalf("%d messages are there", n)
	}
}

// TestExpireDeleted removes what is older than keep-deleted.
func TestExpireDeleted(t *testing.T) {
	box := fixture.Small(t)
	config := undoConfig(t, box, "")
	d := box.Start(t, "--config="+config)
	s := fixture.LogIn(t, d)
	s.OK("DELE 1")
	s.OK("DELE 3")
	s.OK("QUIT")
	if out := ctl(t, 0, "expire-deleted", "-f", config, "--all"); !strings.Contains(out, "removed: 0") {
		t.Error(out)
	}
	batches, err := filepath.Glob(filepath.Join(box.Dir, "tpops_deleted/*"))
	if err != nil || len(batches) != 1 {
		t.Fatal(batches, err)
	}
	old := filepath.Join(box.Dir, "tpops_deleted/1000000000.abc")
	if err := os.Rename(batches[0], old); err != nil {
		t.Fatal(err)
	}
	if out := ctl(t, 0, "expire-deleted", "-f", config, "--all"); !strings.Contains(out, "removed: 2") {
		t.Error(out)
	}
	if _, err := os.Lstat(old); !os.IsNotExist(err) {
		t.Error(err)
	}
	ctl(t, 1, "undo", "-f", config, "--user="+fixture.User)
}

// TestUndoFullDisk deletes on a disk on which nothing can be made, and then on one that
// is full: the messages are gone, and the log says so.
func TestUndoFullDisk(t *testing.T) {
	fixture.NeedRoot(t)
	box := fixture.NewMailbox(t, nil)
	disk := filepath.Dir(box.Dir)
	fixture.Command(t, "mount", "-t", "tmpfs", "-o", "size=256k", "tpops-test", box.Dir)
	t.Cleanup(func() { fixture.Command(t, "umount", "-l", box.Dir) })
	if err := corpus.Write(box.Dir, corpus.Messages(1, 3)); err != nil {
		t.Fatal(disk, err)
	}
	d := box.Start(t, "--config="+undoConfig(t, box, ""))
	uidlList(t, d) // The files of TPOPS are there now.
	for filler := 0; ; filler++ {
		name := filepath.Join(box.Dir, fmt.Sprint("filler", filler))
		if err := os.WriteFile(name, make([]byte, 4096), 0o600); err != nil {
			break
		}
	}
	s := fixture.LogIn(t, d)
	s.OK("DELE 1")
	s.OK("DELE 2")
	s.OK("QUIT")
	if n := len(box.Files(t)); n != 1 {
		t.Errorf("%d messages are left", n)
	}
	fixture.Eventually(t, "the log of the full disk", func() bool { return strings.Contains(d.Log(), "deleted messages not kept") })
	if strings.Contains(d.Log(), "kept=true") {
		t.Error(d.Log())
	}
	_ = filepath.WalkDir(filepath.Join(box.Dir, "tpops_deleted"), func(path string, entry fs.DirEntry, err error) error {
		if err == nil && entry.Type().IsRegular() {
			t.Error("left:", path)
		}
		return nil
	})
}
