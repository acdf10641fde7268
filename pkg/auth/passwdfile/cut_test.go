package passwdfile

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPasswdFileCut checks a row that another program has written only in part. Such a
// row can be valid and name another user's mailbox. Until the row is complete, the old
// rows stay in force, and one log record reports this.
func TestPasswdFileCut(t *testing.T) {
	const whole = "ann:{PLAIN}z:::::userdb_mail=maildir:/W/ann\nannabel:{PLAIN}x:::::userdb_mail=maildir:/W/annabel\n"
	for _, missing := range []string{"\n", "abel\n", "x:::::userdb_mail=maildir:/W/annabel\n", "annabel:{PLAIN}x:::::userdb_mail=maildir:/W/annabel\n"} {
		t.Run(missing, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, path, log := openText(t, "annabel:{PLAIN}x:::::userdb_mail=maildir:/W/old\n")
				half, start := strings.TrimSuffix(whole, missing), time.Now()
				if strings.HasSuffix(half, "\n") {
					half += "# cut" // at the end of a line, only waiting shows that the file is incomplete
				}
				writeAt(t, path, half, start)
				for range 3 {
					time.Sleep(time.Minute)
					if got := maildropOf(t, f, "annabel"); got != "/W/old" {
						t.Errorf("annabel reads the mail in %q", got)
					}
				}
				if n := strings.Count(log.String(), errUnfinished.Error()); n != 1 {
					t.Errorf("logged %d times:\n%s", n, log)
				}
				writeAt(t, path, whole, time.Now())
				if got := maildropOf(t, f, "annabel"); got != "/W/annabel" {
					t.Errorf("complete: annabel reads the mail in %q", got)
				}
			})
		})
	}
}

// TestPasswdFileCutRenamed checks that a file put in place by a rename is complete even
// without a newline at its end.
func TestPasswdFileCutRenamed(t *testing.T) {
	f, path, _ := openText(t, "ann:{PLAIN}x::::/old\n")
	writeAt(t, path+".new", "ann:{PLAIN}x::::/new", time.Now().Add(-time.Hour))
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if got := maildropOf(t, f, "ann"); got != "/new/Maildir" {
		t.Errorf("ann reads the mail in %q", got)
	}
}

// TestPasswdFileEmptied checks that no user is rejected between truncating and writing
// the file. If the file stays empty, all users are rejected.
func TestPasswdFileEmptied(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, path, log := openText(t, "ann:{PLAIN}x::::/h\n")
		writeAt(t, path, "", time.Now())
		for range 9 {
			time.Sleep(time.Second)
			if !logsIn(t, f, "ann") {
				t.Error("an empty file is in force at once")
			}
		}
		if n := strings.Count(log.String(), errUnsettled.Error()); n != 1 {
			t.Errorf("logged %d times:\n%s", n, log)
		}
		time.Sleep(time.Second)
		if logsIn(t, f, "ann") {
			t.Error("an empty file is never in force")
		}
		writeAt(t, path, "bob:{PLAIN}x::::/h\n", time.Now())
		if !logsIn(t, f, "bob") {
			t.Error("the restored rows are not in force")
		}
	})
}

func TestPasswdFileReplacedByEmpty(t *testing.T) {
	f, path, _ := openText(t, "ann:{PLAIN}x::::/h\n")
	writeAt(t, path+".new", "", time.Now().Add(-time.Second))
	if err := os.Rename(path+".new", path); err != nil {
		t.Fatal(err)
	}
	if logsIn(t, f, "ann") {
		t.Error("a renamed empty file is not in force")
	}
}

// TestPasswdFileCutAtStart checks the first load: there are no old rows to keep, so the
// last line without a newline counts, and the log reports it.
func TestPasswdFileCutAtStart(t *testing.T) {
	f, path, log := openText(t, "ann:{PLAIN}x::::/h\nbob:{PLAIN}x::::/h")
	if got := f.Problems(); len(got) != 0 {
		t.Errorf("problems %v", got)
	}
	if !logsIn(t, f, "ann") || !logsIn(t, f, "bob") {
		t.Error("not all rows are there")
	}
	if want := path + ":2: " + errUnfinished.Error(); !strings.Contains(log.String(), want) {
		t.Errorf("the log has no %s:\n%s", want, log)
	}
}
