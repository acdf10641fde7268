package passwdfile

import (
	"context"
	"errors"
	"os"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"tpops/pkg/pop3"
)

func TestPasswdFileReplaced(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, path, _ := openText(t, "ann:{PLAIN}x::::/h\n")
		start := time.Now()
		writeAt(t, path+".new", "bob:{PLAIN}x::::/h\n", start)
		if err := os.Rename(path+".new", path); err != nil {
			t.Fatal(err)
		}
		if logsIn(t, f, "ann") || !logsIn(t, f, "bob") {
			t.Error("the renamed file is not in force")
		}
		if waited := time.Since(start); waited != 0 {
			t.Errorf("waited %v for a file that was complete", waited)
		}
	})
}

func TestPasswdFileRewritten(t *testing.T) {
	tests := []struct {
		name string
		age  time.Duration // since the last change, by the time of the file
		wait time.Duration
	}{
		{"just now", 0, settleTime},
		{"a moment ago", 150 * time.Millisecond, 50 * time.Millisecond},
		{"long ago", time.Hour, 0},
		{"in the future", -time.Hour, settleTime},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				f, path, _ := openText(t, "ann:{PLAIN}x::::/h\n")
				start := time.Now()
				writeAt(t, path, "bob:{PLAIN}x::::/h\n", start.Add(-tt.age))
				if !logsIn(t, f, "bob") || logsIn(t, f, "ann") {
					t.Error("the new rows are not in force")
				}
				if waited := time.Since(start); waited != tt.wait {
					t.Errorf("waited %v, want %v", waited, tt.wait)
				}
			})
		})
	}
}

// TestPasswdFileHalf checks that all old rows stay in force while another program writes
// the file.
func TestPasswdFileHalf(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, path, log := openText(t, "ann:{PLAIN}x::::/h\nbob:{PLAIN}x::::/h\n")
		writeAt(t, path, "cid:{PLAIN}x::::/h\n", time.Now())
		go func() {
			time.Sleep(settleTime / 2)
			writeAt(t, path, "cid:{PLAIN}x::::/h\nbob:{PLAIN}x::::/h\n", time.Now())
		}()
		if !logsIn(t, f, "ann") || !strings.Contains(log.String(), errUnsettled.Error()) {
			t.Errorf("half a file is in force; log:\n%s", log)
		}
		if logsIn(t, f, "ann") || !logsIn(t, f, "bob") || !logsIn(t, f, "cid") {
			t.Error("the complete file is not in force")
		}
	})
}

func TestPasswdFileContext(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, path, _ := openText(t, "ann:{PLAIN}x::::/h\n")
		writeAt(t, path, "bob:{PLAIN}x::::/h\n", time.Now())
		var both sync.WaitGroup
		both.Go(func() {
			ctx, cancel := context.WithTimeout(t.Context(), settleTime/4)
			defer cancel()
			if _, err := f.Authenticate(ctx, pop3.Attempt{Login: "bob", Password: "x"}); !errors.Is(err, context.DeadlineExceeded) || errors.Is(err, pop3.ErrAuth) {
				t.Errorf("cancelled login: %v", err)
			}
		})
		both.Go(func() {
			if !logsIn(t, f, "bob") {
				t.Error("a cancelled login ended the load for another login")
			}
		})
		both.Wait()
	})
}

func TestPasswdFileMissing(t *testing.T) {
	f, path, log := openText(t, "ann:{PLAIN}x::::/h\n")
	if err := os.Rename(path, path+".away"); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		if !logsIn(t, f, "ann") {
			t.Error("users are rejected after the file was removed")
		}
	}
	if n := strings.Count(log.String(), "level=WARN"); n != 1 {
		t.Errorf("%d warnings:\n%s", n, log)
	}
	if err := os.Mkdir(path, 0o700); err != nil {
		t.Fatal(err)
	}
	if !logsIn(t, f, "ann") || !strings.Contains(log.String(), "not a regular file") {
		t.Errorf("a directory in its place; log:\n%s", log)
	}
	if err := os.Remove(path); err != nil {
		t.Fatal(err)
	}
	writeAt(t, path, "bob:{PLAIN}x::::/h\n", time.Now().Add(-time.Hour))
	if logsIn(t, f, "ann") || !logsIn(t, f, "bob") {
		t.Error("the restored file is not in force")
	}
}

func TestPasswdFileLoadsOnce(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		f, path, log := openText(t, "ann:{PLAIN}x::::/h\n")
		writeAt(t, path, "bob:{PLAIN}x::::/h\nnonsense\n:\n", time.Now())
		var all sync.WaitGroup
		for range 50 {
			all.Go(func() {
				if !logsIn(t, f, "bob") {
					t.Error("old rows")
				}
			})
		}
		all.Wait()
		if n := strings.Count(log.String(), "has invalid lines"); n != 1 {
			t.Errorf("loaded %d times:\n%s", n, log)
		}
	})
}
