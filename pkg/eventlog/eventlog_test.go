package eventlog

import (
	"bytes"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/pop3"
)

func TestEvents(t *testing.T) {
	tests := []struct {
		name string
		log  func(l *slog.Logger)
		want string
	}{
		{"fields", func(l *slog.Logger) { l.Info("login", "user", "mrose", "messages", 2) }, "login user=mrose messages=2"},
		{"level", func(l *slog.Logger) { l.Warn("session error", "error", errors.New("no luck")) }, `WARN session error error="no luck"`},
		{"attributes of the logger", func(l *slog.Logger) { l.With("a", 1).With("b", "").Error("x", "c", time.Second) }, `ERROR x a=1 b="" c=1s`},
		{"a name with a line end", func(l *slog.Logger) { l.Info("login", "user", "a\nend user=b") }, `login user="a\nend user=b"`},
		{"a name that looks like a field", func(l *slog.Logger) { l.Info("login", "user", "a messages=0") }, `login user="a messages=0"`},
		{"quotes and backslashes", func(l *slog.Logger) { l.Info("login", "user", `"\`) }, `login user="\"\\"`},
		{"octets that are not text", func(l *slog.Logger) { l.Info("login", "user", "\x1b[31m\xff\u202e") }, `login user="\x1b[31m\xff\u202e"`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var out bytes.Buffer
			l := openLog(t, Config{Stderr: &out})
			test.log(l.Logger())
			flush(t, l)
			stamp, line, _ := strings.Cut(out.String(), " ")
			if _, err := time.Parse("2006-01-02T15:04:05.000Z07:00", stamp); err != nil {
				t.Error(err)
			}
			if line != test.want+"\n" {
				t.Errorf("got  %s\nwant %s", line, test.want)
			}
		})
	}
}

// flush closes a log, so that all of it is written. Open or Reopen starts again.
func flush(t *testing.T, l *Log) {
	t.Helper()
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
}

func openLog(t *testing.T, c Config) *Log {
	t.Helper()
	l, err := Open(c)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := l.Close(); err != nil {
			t.Error(err)
		}
	})
	return l
}

func TestDebug(t *testing.T) {
	for _, debug := range []bool{false, true} {
		var out bytes.Buffer
		l := openLog(t, Config{Stderr: &out, Debug: debug})
		l.Logger().Debug("command")
		flush(t, l)
		if got := out.Len() > 0; got != debug {
			t.Errorf("debug %t: written %t", debug, got)
		}
	}
}

func TestErrorLog(t *testing.T) {
	name := filepath.Join(t.TempDir(), "error")
	l := openLog(t, Config{ErrorLog: name, Debug: true})
	l.Logger().Info("login")
	l.Logger().Warn("session error", "error", "disk full")
	got := readFile(t, name)
	if !strings.HasSuffix(got, `WARN session error error="disk full"`+"\n") || strings.Contains(got, "login") {
		t.Errorf("error log: %s", got)
	}
}

func readFile(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

func TestAccess(t *testing.T) {
	login := time.Date(2006, 1, 2, 3, 4, 5, 0, time.Local)
	end := login.Add(25 * time.Hour)
	tests := []struct {
		name string
		s    pop3.Summary
		want string
	}{
		{
			"logged in",
			pop3.Summary{Remote: "192.0.2.1", Name: "mrose", LoggedIn: true, Login: login, End: end, MessagesBefore: 3, OctetsBefore: 300, MessagesAfter: 1, OctetsAfter: 100},
			"192.0.2.1 2006/01/02 03:04:05 2006/01/03 04:04:05 mrose 3 300 1 100\n",
		},
		{
			"not logged in",
			pop3.Summary{Remote: "2001:db8::1", Name: "mrose", Login: login, End: end},
			"2001:db8::1 2006/01/02 03:04:05 2006/01/03 04:04:05 (mrose) 0 0 0 0\n",
		},
		{
			"no name",
			pop3.Summary{Remote: "192.0.2.1", Login: login, End: end},
			"192.0.2.1 2006/01/02 03:04:05 2006/01/03 04:04:05 () 0 0 0 0\n",
		},
		{
			"a name with a line end",
			pop3.Summary{Remote: "192.0.2.1", Name: "a b\n\x7f\xff%d", Login: login, End: end},
			"192.0.2.1 2006/01/02 03:04:05 2006/01/03 04:04:05 (a%20b%0A%7F%FF%d) 0 0 0 0\n",
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "access")
			openLog(t, Config{AccessLog: name}).Access(&test.s)
			if got := readFile(t, name); got != test.want {
				t.Errorf("got  %swant %s", got, test.want)
			}
		})
	}
}

func TestAccessDiskFull(t *testing.T) {
	var out bytes.Buffer
	l := openLog(t, Config{AccessLog: "/dev/full", Stderr: &out})
	l.Access(&pop3.Summary{})
	flush(t, l)
	if !strings.Contains(out.String(), "ERROR log write failed error=") || !strings.Contains(out.String(), "no space") {
		t.Errorf("logged %q", out.String())
	}
}

// Log rotation renames the files and sends SIGHUP.
func TestReopen(t *testing.T) {
	dir := t.TempDir()
	c := Config{AccessLog: filepath.Join(dir, "access"), ErrorLog: filepath.Join(dir, "error")}
	l := openLog(t, c)
	logger := l.Logger()
	both := func() {
		l.Access(&pop3.Summary{Remote: "192.0.2.1"})
		logger.Error("session error")
	}
	both()
	for _, name := range []string{c.AccessLog, c.ErrorLog} {
		if err := os.Rename(name, name+".1"); err != nil {
			t.Fatal(err)
		}
	}
	both()
	if err := l.Reopen(c); err != nil {
		t.Fatal(err)
	}
	both()
	for name, want := range map[string]int{c.AccessLog + ".1": 2, c.AccessLog: 1, c.ErrorLog + ".1": 2, c.ErrorLog: 1} {
		if got := strings.Count(readFile(t, name), "\n"); got != want {
			t.Errorf("%s: %d lines, want %d", filepath.Base(name), got, want)
		}
	}
}

func TestReopenFails(t *testing.T) {
	dir := t.TempDir()
	good := Config{AccessLog: filepath.Join(dir, "access")}
	l := openLog(t, good)
	for _, bad := range []Config{
		{AccessLog: filepath.Join(dir, "none", "access")},
		{ErrorLog: dir},
		{Syslog: "nonsense"},
	} {
		if err := l.Reopen(bad); err == nil {
			t.Errorf("%+v: no error", bad)
		}
	}
	l.Access(&pop3.Summary{})
	if readFile(t, good.AccessLog) == "" {
		t.Error("the open log was closed")
	}
}

// Two processes may share an access log: no line is broken by the other process.
func TestAccessShared(t *testing.T) {
	name := filepath.Join(t.TempDir(), "access")
	var all sync.WaitGroup
	for range 2 {
		l := openLog(t, Config{AccessLog: name})
		for range 4 {
			all.Go(func() {
				for range 200 {
					l.Access(&pop3.Summary{Remote: "192.0.2.1", Name: strings.Repeat("n", 300), LoggedIn: true})
				}
			})
		}
	}
	all.Wait()
	whole := regexp.MustCompile(`^192\.0\.2\.1 \S+ \S+ \S+ \S+ n{300} 0 0 0 0$`)
	lines := strings.Split(strings.TrimSuffix(readFile(t, name), "\n"), "\n")
	for _, line := range lines {
		if !whole.MatchString(line) {
			t.Fatalf("broken line: %s", line)
		}
	}
	if len(lines) != 1600 {
		t.Errorf("%d lines, want 1600", len(lines))
	}
}

// An error log on a full disk is reported in the other logs, once for each event.
func TestErrorLogDiskFull(t *testing.T) {
	var out bytes.Buffer
	l := openLog(t, Config{ErrorLog: "/dev/full", Stderr: &out})
	l.Logger().Warn("session error")
	flush(t, l)
	if lines := strings.Split(strings.TrimSpace(out.String()), "\n"); len(lines) != 2 || !strings.Contains(lines[1], "no space") {
		t.Errorf("logged %q", lines)
	}
}

// All facilities that the parameter allows are known. Without a system log, logging does
// not block.
func TestSyslog(t *testing.T) {
	for name, want := range facilities {
		if got, err := parseFacility(name); err != nil || got != want {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for _, name := range []string{"", "none"} {
		if got, err := parseFacility(name); err != nil || got != noFacility {
			t.Errorf("%q: %v, %v", name, got, err)
		}
	}
	s := &systemLog{next: time.Now().Add(time.Hour)}
	if err := s.write(&event{line: []byte("lost")}); err == nil || s.to != nil {
		t.Error("connected before it was time to try again")
	}
	if err := s.Close(); err != nil {
		t.Error(err)
	}
}

func TestClosed(t *testing.T) {
	name := filepath.Join(t.TempDir(), "error")
	l := openLog(t, Config{ErrorLog: name})
	for range 2 {
		flush(t, l)
	}
	l.Logger().Error("session error")
	l.Access(&pop3.Summary{})
	if err := l.Reopen(Config{ErrorLog: name}); !errors.Is(err, os.ErrClosed) {
		t.Errorf("opened again: %v", err)
	}
	if got := readFile(t, name); got != "" {
		t.Errorf("written after the end: %q", got)
	}
}

func FuzzAppendRecord(f *testing.F) {
	f.Add("mrose", "two")
	f.Add("a\nb", "\x00\xff")
	f.Add("", `"`)
	f.Fuzz(func(t *testing.T, a, b string) {
		r := slog.NewRecord(time.Time{}, slog.LevelInfo, "event", 0)
		r.AddAttrs(slog.String("a", a), slog.String("b", b))
		got := string(appendRecord(nil, &r, nil))
		for _, c := range []byte(got) {
			if c < ' ' || c >= 0x7F {
				t.Fatalf("%q has an octet that is not printable ASCII", got)
			}
		}
		if fields := regexp.MustCompile(`^event a=([^" =\\]+|"(?:[^"\\]|\\.)*") b=([^" =\\]+|"(?:[^"\\]|\\.)*")$`); !fields.MatchString(got) {
			t.Fatalf("%q %q made %s", a, b, got)
		}
	})
}

func FuzzAccessName(f *testing.F) {
	f.Add("mrose")
	f.Add("a b\r\n")
	f.Fuzz(func(t *testing.T, name string) {
		line := string(accessLine(&pop3.Summary{Remote: "r", Name: name}))
		if fields := strings.Split(line, " "); len(fields) != 10 || strings.Count(line, "\n") != 1 {
			t.Fatalf("%q made %q", name, line)
		}
	})
}
