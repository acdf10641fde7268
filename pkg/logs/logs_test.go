package logs

import (
	"errors"
	"fmt"
	"log/slog"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/config"
)

// open returns the logs of the parameters, with a standard error of their own, and a
// function that closes the logs and returns what was written there.
func open(t *testing.T, params ...string) (*config.Config, *Logs, func() string) {
	t.Helper()
	c, err := config.Load(config.Source{Args: params, Hostname: "host", DefaultFile: filepath.Join(t.TempDir(), "none")})
	if err != nil {
		t.Fatal(err)
	}
	file, err := os.Create(filepath.Join(t.TempDir(), "stderr"))
	if err != nil {
		t.Fatal(err)
	}
	stderr, logger := os.Stderr, slog.Default()
	os.Stderr = file
	t.Cleanup(func() {
		os.Stderr = stderr
		slog.SetDefault(logger)
		file.Close()
	})
	l, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	return c, l, func() string {
		l.Close()
		return read(t, file.Name())
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func exists(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// TestReopen checks that no log file is opened before Reopen, and that one which was
// renamed is created again.
func TestReopen(t *testing.T) {
	name := filepath.Join(t.TempDir(), "error.log")
	c, l, end := open(t, "--fg", "--error-log="+name, "--syslog=none")
	l.Logger.Error("fatal error", slog.String("error", "first"))
	if exists(name) {
		t.Error("the file was created too early")
	}
	if err := l.Reopen(c); err != nil {
		t.Fatal(err)
	}
	slog.Error("fatal error", slog.String("error", "second"))
	if err := os.Rename(name, name+".1"); err != nil {
		t.Fatal(err)
	}
	if err := l.Reopen(c); err != nil {
		t.Fatal(err)
	}
	l.Logger.Error("fatal error", slog.String("error", "third"))
	stderr := end()
	old, now := read(t, name+".1"), read(t, name)
	if !strings.Contains(old, "second") || strings.Contains(old, "third") || !strings.Contains(now, "third") || strings.Contains(now, "second") {
		t.Errorf("the files have %q and %q", old, now)
	}
	for _, text := range []string{"first", "second", "third"} {
		if !strings.Contains(stderr, text) {
			t.Errorf("standard error lacks %s: %q", text, stderr)
		}
	}
}

// TestFatal checks that the error is on standard error once, with and without a log
// there.
func TestFatal(t *testing.T) {
	for _, params := range [][]string{{"--fg"}, nil} {
		_, l, end := open(t, append(params, "--syslog=none")...)
		if code := l.Fatal(nil, 71, errors.New("out of memory")); code != 71 {
			t.Errorf("%v: exit code %d", params, code)
		}
		if got := end(); strings.Count(got, "out of memory") != 1 {
			t.Errorf("%v: %q", params, got)
		}
	}
}

// TestAbandoned checks that a log file is given to the user of the daemon if a process that was
// killed has left it as root's, at a start and before a reload, also after logrotate.
func TestAbandoned(t *testing.T) {
	if os.Geteuid() != 0 {
		t.Skip("needs files of root and of another user")
	}
	name := filepath.Join(t.TempDir(), "access.log")
	c, l, _ := open(t, "--access-log="+name, "--syslog=none", "--user=61001", "--group=61001")
	defer l.Close()
	for what, mend := range map[string]func(*config.Config) error{"start": Create, "reload": Restore} {
		if err := errors.Join(os.RemoveAll(name), os.WriteFile(name, nil, 0o640), mend(c)); err != nil {
			t.Fatal(err)
		}
		info, err := os.Stat(name)
		if err != nil {
			t.Fatal(err)
		}
		if st := info.Sys().(*syscall.Stat_t); st.Uid != 61001 || st.Gid != 61001 {
			t.Errorf("%s: the file belongs to user %d, group %d", what, st.Uid, st.Gid)
		}
	}
}

// TestCreateAndRestore checks that missing log files are created, and that the others
// keep their content.
func TestCreateAndRestore(t *testing.T) {
	folder := t.TempDir()
	access, faults := filepath.Join(folder, "access.log"), filepath.Join(folder, "error.log")
	c, l, _ := open(t, "--access-log="+access, "--error-log="+faults, "--syslog=none",
		fmt.Sprintf("--user=%d", os.Geteuid()), fmt.Sprintf("--group=%d", os.Getegid()))
	defer l.Close()
	if err := Create(c); err != nil || !exists(access) || !exists(faults) {
		t.Fatalf("not created: %v", err)
	}
	if err := errors.Join(os.WriteFile(access, []byte("line\n"), 0o600), os.Remove(faults)); err != nil {
		t.Fatal(err)
	}
	restore := Restore
	if os.Geteuid() != 0 {
		restore = Create // Restore creates files in directories of root.
	}
	for range 2 {
		if err := restore(c); err != nil || !exists(faults) || read(t, access) != "line\n" {
			t.Errorf("not restored: %v, access log %q", err, read(t, access))
		}
	}
	if err := os.RemoveAll(folder); err != nil {
		t.Fatal(err)
	}
	if err := Create(c); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("without the folder: %v", err)
	}
	if err := Restore(c); err != nil {
		t.Errorf("nothing can be restored without the folder: %v", err)
	}
	c.Processes.User = "nosuchuser"
	if err := Create(c); err == nil || !strings.Contains(err.Error(), "nosuchuser") {
		t.Errorf("with an unknown user: %v", err)
	}
}
