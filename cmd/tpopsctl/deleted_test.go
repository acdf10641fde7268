package main

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"testing"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
	"tpops/pkg/osuser"
)

// What is below mail-roots is found without users, and no link leads out of them.
func TestJobsBelow(t *testing.T) {
	root, outside := t.TempDir(), t.TempDir()
	box := filepath.Join(root, "example.com", "ann", "Maildir")
	err := errors.Join(
		os.MkdirAll(filepath.Join(box, "tpops_deleted", "1.a"), 0o700),
		os.MkdirAll(filepath.Join(box, "cur", "tpops_deleted"), 0o700),
		os.MkdirAll(filepath.Join(root, "example.com", "bob", "Maildir", "cur"), 0o700),
		os.MkdirAll(filepath.Join(outside, "tpops_deleted"), 0o700),
		os.Symlink(outside, filepath.Join(root, "link")),
		os.MkdirAll(filepath.Join(root, "1/2/3/4/5/6/7/8/tpops_deleted"), 0o700),
		os.MkdirAll(filepath.Join(root, "1/2/3/4/5/6/7/tpops_deleted"), 0o700),
	)
	if err != nil {
		t.Fatal(err)
	}
	jobs := jobsBelow(t.Context(), []string{root, filepath.Join(root, "none")}, maildir.DeletedDir)
	if len(jobs) != 1 || jobs[0].Maildir != box || jobs[0].Err != nil {
		t.Errorf("%+v", jobs)
	}
	// A root that is a link is walked, as /home may be. What it contains has the path below the root.
	linked := filepath.Join(t.TempDir(), "home")
	if err := os.Symlink(root, linked); err != nil {
		t.Fatal(err)
	}
	for _, root := range []string{linked, linked + "/"} {
		jobs := jobsBelow(t.Context(), []string{root}, maildir.DeletedDir)
		if len(jobs) != 1 || jobs[0].Maildir != filepath.Join(linked, "example.com", "ann", "Maildir") || jobs[0].Err != nil {
			t.Errorf("%s: %+v", root, jobs)
		}
	}
	// The tpops_deleted of ann has no Maildir of its own, and a cur in cur is no Maildir.
	if jobs = jobsBelow(t.Context(), []string{root}, "cur"); len(jobs) != 2 || jobs[0].Maildir != box || filepath.Base(filepath.Dir(jobs[1].Maildir)) != "bob" {
		t.Errorf("Maildirs: %+v", jobs)
	}
}

// Without kept messages the command for the log is printed, also for a hostile name.
func TestNothingKept(t *testing.T) {
	t.Chdir(t.TempDir())
	dir, err := os.Getwd()
	if err != nil {
		t.Fatal(err)
	}
	makeMaildir(t, "ann/Maildir", "1.a")
	writeTest(t, "c.toml", "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\n")
	writeTest(t, "users", "ann:{PLAIN}x::::"+dir+"/ann\na;b$(c):{PLAIN}x::::"+dir+"/ann\n")
	for _, step := range []step{
		{"user", "", "deleted -f c.toml ann", 0, "no kept messages\nFor the log of deletions: journalctl TPOPS_EVENT='message deleted' TPOPS_USER=ann\n", ""},
		{"quoted", "", "deleted -f c.toml a;b$(c)", 0, "TPOPS_USER='a;b$(c)'\n", ""},
		{"Maildir", "", "deleted --maildir ann/Maildir", 0, "no kept messages\n", ""},
	} {
		t.Run(step.name, step.run)
	}
}

// Wrong arguments change nothing.
func TestUndoArguments(t *testing.T) {
	for _, args := range [][]string{
		{"undo"}, {"undo", "--user=a", "--maildir=b"}, {"undo", "--user=a", "--since=soon"}, {"undo", "--user=a", "--since=-1h"},
		{"deleted"}, {"deleted", "a", "b"}, {"deleted", "--maildir=a", "b"},
		{"expire-deleted"}, {"expire-deleted", "--all", "a"}, {"expire-deleted", "--all", "--older-than=x"},
	} {
		if code := run(args, streams{nil, io.Discard, io.Discard}); code != exitUsage {
			t.Errorf("%q: exit %d", args, code)
		}
	}
}

// A directory below mail-roots that cannot be read is a failure: there may be mailboxes in it.
func TestJobsBelowUnreadable(t *testing.T) {
	root := t.TempDir()
	err := errors.Join(
		os.MkdirAll(filepath.Join(root, "ann", "Maildir", "cur"), 0o755),
		os.MkdirAll(filepath.Join(root, "bob", "Maildir", "cur"), 0o755),
		os.Chmod(filepath.Join(root, "bob"), 0), os.Chmod(root, 0o755), os.Chmod(filepath.Dir(root), 0o755),
	)
	if err != nil {
		t.Fatal(err)
	}
	var reader *osuser.Owner
	if os.Geteuid() == 0 {
		reader = &osuser.Owner{UID: 65534, GID: 65534} // Root can read it.
	}
	var jobs []migrate.Job
	err = reader.Do(func() error {
		jobs = jobsBelow(t.Context(), []string{root}, "cur")
		return nil
	})
	if err != nil || len(jobs) != 2 || jobs[0].Err != nil || jobs[1].Maildir != filepath.Join(root, "bob") || !errors.Is(jobs[1].Err, fs.ErrPermission) {
		t.Errorf("%+v, %v", jobs, err)
	}
}
