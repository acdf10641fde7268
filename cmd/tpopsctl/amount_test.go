package main

import (
	"errors"
	"fmt"
	"io/fs"
	"net"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/maildir"
	"tpops/pkg/migrate"
)

// TestAmount checks singular and plural.
func TestAmount(t *testing.T) {
	if got := amount(0, "fault") + " " + amount(1, "fault") + " " + amount(2, "fault"); got != "0 faults 1 fault 2 faults" {
		t.Error(got)
	}
	if got := messagesText(1, "1 new"); got != "1 message: 1 new" {
		t.Error(got)
	}
}

// TestFailedText checks that a path is not printed twice, and who can do what was not
// permitted.
func TestFailedText(t *testing.T) {
	err := fmt.Errorf("/m/ann: open: %w", fs.ErrPermission)
	if got := failedText("/m/ann", err); !strings.HasPrefix(got, "/m/ann: failed: open: permission denied") {
		t.Error(got)
	}
	for uid, want := range map[int]int{0: 0, 1000: 1} {
		if notes := deniedNotes(err, uid); len(notes) != want {
			t.Errorf("uid %d: %q", uid, notes)
		}
	}
	if notes := deniedNotes(fs.ErrNotExist, 1000); notes != nil {
		t.Errorf("%q", notes)
	}
}

// TestUndoIsLogged checks the record of the journal, and the name of the mailbox in each line.
func TestUndoIsLogged(t *testing.T) {
	path := filepath.Join(t.TempDir(), "journal")
	journal, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer journal.Close()
	var out, errs strings.Builder
	s := streams{nil, &out, &errs}
	for _, dryRun := range []bool{true, false} {
		o := &undoOptions{session: "abc", dryRun: dryRun}
		totals := &undoTotals{reports: newReports(1, false, s), journal: path}
		messages := []maildir.Undeleted{{DeletedMessage: maildir.DeletedMessage{UIDL: "u1"}}, {DeletedMessage: maildir.DeletedMessage{UIDL: "u2"}},
			{DeletedMessage: maildir.DeletedMessage{UIDL: "u3"}, Err: errors.New("not possible")}}
		if dryRun {
			messages = messages[:1]
		}
		o.report(undone{job: migrate.Job{Maildir: "/m/ann", Login: "ann"}, messages: messages}, totals, s)
		if err := totals.closeLog(); err != nil {
			t.Fatal(err)
		}
	}
	record := make([]byte, 4096)
	n, err := journal.Read(record)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"TPOPS_EVENT=deleted messages put back\n", "TPOPS_MAILDIR=/m/ann\n", "TPOPS_FILES=2\n", "TPOPS_USER=ann\n", "TPOPS_SESSION=abc\n", "TPOPS_UID="} {
		if !strings.Contains(string(record[:n]), want) {
			t.Errorf("no %q in\n%s", want, record[:n])
		}
	}
	for _, want := range []string{"ann: u1: would be put back\n", "ann: u1: put back\n", "ann: u3: not put back: not possible\n"} {
		if !strings.Contains(out.String(), want) {
			t.Errorf("no %q in\n%s", want, out.String())
		}
	}
	if errs.Len() > 0 {
		t.Error(errs.String())
	}
}
