package eventlog

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// fullLog returns the name of a log file, its text, and a function that makes room: its disk has
// only room for a part of the next line.
func fullLog(t *testing.T) (name, text string, free func()) {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can mount a small disk")
	}
	disk := t.TempDir()
	if err := unix.Mount("none", disk, "tmpfs", 0, "size=64k"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := unix.Unmount(disk, unix.MNT_DETACH); err != nil {
			t.Error(err)
		}
	})
	name, filler := filepath.Join(disk, "log"), filepath.Join(disk, "filler")
	text = strings.Repeat("x", os.Getpagesize()-11) + "\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filler, make([]byte, 128<<10), 0o600); !errors.Is(err, unix.ENOSPC) {
		t.Fatalf("fill: %v", err)
	}
	return name, text, func() {
		if err := os.Remove(filler); err != nil {
			t.Fatal(err)
		}
	}
}

// TestFullDisk checks that a part of a line for which there was no room is a line of its own in the
// log files, and that the error is logged.
func TestFullDisk(t *testing.T) {
	at := time.Date(2006, 1, 2, 3, 4, 5, 0, time.Local)
	access := func(l *Log, name string) {
		l.Access(&pop3.Summary{Remote: "192.0.2.1", Name: name, LoggedIn: true, Login: at, End: at})
	}
	for name, test := range map[string]struct {
		config func(name string) Config
		log    func(l *Log, name string)
	}{
		"access log": {func(name string) Config { return Config{AccessLog: name} }, access},
		"error log":  {func(name string) Config { return Config{ErrorLog: name} }, func(l *Log, name string) { l.Logger().Warn(name) }},
	} {
		t.Run(name, func(t *testing.T) {
			file, text, free := fullLog(t)
			there, journal := newJournald(t)
			c := test.config(file)
			c.Journal = journal
			l := openLog(t, c)
			test.log(l, "first")
			r := there.record(t)
			if r["TPOPS_EVENT"] == "" { // the event itself
				r = there.record(t)
			}
			if r["TPOPS_EVENT"] != unwritten || r["ERRNO"] != "28" {
				t.Errorf("%v", r)
			}
			free()
			test.log(l, "second")
			lines := strings.Split(strings.TrimPrefix(readFile(t, file), text), "\n")
			if len(lines) != 3 || len(lines[0]) != 9 || !strings.Contains(lines[1], "second") || lines[2] != "" {
				t.Errorf("%q", lines)
			}
		})
	}
}

// TestTorn checks that a log begins a new line after a part of one that has no end: that of a
// process which was killed, and of standard error.
func TestTorn(t *testing.T) {
	t.Run("at the start", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "log")
		if err := os.WriteFile(name, []byte("part"), 0o600); err != nil {
			t.Fatal(err)
		}
		for range 2 {
			l := openLog(t, Config{ErrorLog: name})
			l.Logger().Warn("next")
			flush(t, l)
		}
		lines := strings.Split(readFile(t, name), "\n")
		if len(lines) != 4 || lines[0] != "part" || !strings.HasSuffix(lines[1], " WARN next") || !strings.HasSuffix(lines[2], " WARN next") {
			t.Errorf("%q", lines)
		}
	})
	t.Run("standard error", func(t *testing.T) {
		name, text, free := fullLog(t)
		f, err := os.OpenFile(name, os.O_WRONLY|os.O_APPEND, 0)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		s := &stream{to: f}
		write := func(text string) error { return s.write(&event{entry: entry{time: time.Now()}, line: []byte(text)}) }
		for range 2 {
			if err := write("first"); !errors.Is(err, unix.ENOSPC) {
				t.Fatal(err)
			}
		}
		free()
		if err := errors.Join(write("second"), write("third")); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimPrefix(readFile(t, name), text), "\n")
		if len(lines) != 4 || len(lines[0]) != 10 || !strings.HasSuffix(lines[1], " second") || !strings.HasSuffix(lines[2], " third") {
			t.Errorf("%q", lines)
		}
	})
}
