package passwdfile

import (
	"os"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// TestPasswdFileCut: a row that another program has written only in part can
// read well and name somebody else's mailbox. However long that program takes,
// the rows of before stay, and the log says so once.
func TestPasswdFileCut(t *testing.T) {
	const whole = "ann:{PLAIN}z:::::userdb_mail=maildir:/W/ann\nannabel:{PLAIN}x:::::userdb_mail=maildir:/W/annabel\n"
	for _, missing := range []string{"\n", "abel\n", "x:::::userdb_mail=maildir:/W/annabel\n", "annabel:{PLAIN}x:::::userdb_mail=maildir:/W/annabel\n"} {
		t.Run(missing, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, path, log := openText(t, "annabel:{PLAIN}x:::::userdb_mail=maildir:/W/old\n")
				half, start := strings.TrimSuffix(whole, missing), time.Now()
				if strings.HasSuffix(half, "\n") {
					half += "# cut" // at the end of a line nothing tells but time
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

// TestPasswdFileCutRenamed: a file that came by a rename is whole, even without
// a newline at its end.
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

// TestPasswdFileEmptied: between truncating the file and writing it no one is
// locked out; a file that stays empty lets nobody in.
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
			t.Error("the rows that are back are not in force")
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
		t.Error("an empty file that came by a rename is not in force")
	}
}

// TestPasswdFileCutAtStart: where there are no rows to keep, a last line without
// its newline counts, and the log is told.
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
