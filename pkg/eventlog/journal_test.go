package eventlog

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// journald replaces the journald of the machine.
type journald struct {
	*net.UnixConn
	buffer []byte // for a record of any size; one for all, because a test may read 20,000 records
}

func newJournald(t testing.TB) (journald, string) {
	t.Helper()
	path := filepath.Join(t.TempDir(), "socket")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // Some tests close it themselves.
	return journald{l, make([]byte, 1<<18)}, path
}

// record returns the next record as fields.
func (j journald) record(t testing.TB) map[string]string {
	t.Helper()
	if err := j.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, err := j.Read(j.buffer)
	if err != nil {
		t.Fatal(err)
	}
	record, err := decode(j.buffer[:n])
	if err != nil {
		t.Fatal(err)
	}
	return record
}

// decode parses a record of the native protocol. A field that occurs twice is an error.
func decode(b []byte) (map[string]string, error) {
	record := map[string]string{}
	for len(b) > 0 {
		line, rest, ok := bytes.Cut(b, []byte("\n"))
		if !ok {
			return nil, fmt.Errorf("no line end after %q", b)
		}
		name, value, short := strings.Cut(string(line), "=")
		if !short {
			n := binary.LittleEndian.Uint64(append(rest[:min(8, len(rest)):min(8, len(rest))], make([]byte, 8)...))
			if uint64(len(rest)) < 8+n+1 || rest[8+n] != '\n' {
				return nil, fmt.Errorf("%q: a value of %d octets does not end there", name, n)
			}
			value, rest = string(rest[8:8+n]), rest[8+n+1:]
		}
		if _, twice := record[name]; twice {
			return nil, fmt.Errorf("%s occurs twice", name)
		}
		record[name] = value
		b = rest
	}
	return record, nil
}

func TestJournal(t *testing.T) {
	full := &net.OpError{Op: "write", Err: syscall.ENOSPC}
	tests := []struct {
		name string
		log  func(l *slog.Logger)
		want map[string]string
	}{
		{
			"fields",
			func(l *slog.Logger) {
				l.Info("login", "session", "x1", "user", "mrose", "messages", 2, "octets", int64(320))
			},
			map[string]string{"MESSAGE": "login session=x1 user=mrose messages=2 octets=320", "PRIORITY": "6",
				"MESSAGE_ID": "54d2d19b619442e798f4a7431dae157d", "TPOPS_EVENT": "login", "TPOPS_SESSION": "x1",
				"TPOPS_USER": "mrose", "TPOPS_MESSAGES": "2", "TPOPS_OCTETS": "320"},
		},
		{
			"duration",
			func(l *slog.Logger) { l.With("session", "x1").Info("session end", "duration", 1500*time.Millisecond) },
			map[string]string{"MESSAGE": "session end session=x1 duration=1.5s", "PRIORITY": "6",
				"MESSAGE_ID": "59b5c0ca50594d01891703a8893a0ecc", "TPOPS_EVENT": "session end", "TPOPS_SESSION": "x1",
				"TPOPS_DURATION_USEC": "1500000"},
		},
		{
			"system error",
			func(l *slog.Logger) { l.Error("fatal error", "error", full) },
			map[string]string{"MESSAGE": `fatal error error="write: no space left on device"`, "PRIORITY": "3",
				"MESSAGE_ID": "6ca8e5f49c0f47239a1639c7cd28bdce", "TPOPS_EVENT": "fatal error",
				"TPOPS_ERROR": "write: no space left on device", "ERRNO": "28"},
		},
		{
			"text of a kind",
			func(l *slog.Logger) { l.Warn("Maildir missing", "maildir", "/m") },
			map[string]string{"MESSAGE": "Maildir missing maildir=/m", "PRIORITY": "4",
				"MESSAGE_ID": "bcc89fbf86a74c78ae935044daac2f9d", "TPOPS_EVENT": "Maildir missing", "TPOPS_MAILDIR": "/m"},
		},
		{
			"a name that looks like a field",
			func(l *slog.Logger) { l.Info("login", "user", "a\nTPOPS_USER=root\n\x1b[2J\\") },
			map[string]string{"MESSAGE": `login user="a\nTPOPS_USER=root\n\x1b[2J\\"`, "PRIORITY": "6",
				"MESSAGE_ID": "54d2d19b619442e798f4a7431dae157d", "TPOPS_EVENT": "login",
				"TPOPS_USER": `a\nTPOPS_USER=root\n\x1b[2J\\`},
		},
		{
			"names in other languages, and invalid ones",
			func(l *slog.Logger) { l.Debug("debug", "user", "müller\u202e", "command", "\xff\t\r鈴木") },
			map[string]string{"MESSAGE": `debug user="m\u00fcller\u202e" command="\xff\t\r\u9234\u6728"`, "PRIORITY": "7",
				"MESSAGE_ID": "f89425390d0b4bd9b3dbbf18e45744fc", "TPOPS_EVENT": "debug",
				"TPOPS_USER": `müller\xe2\x80\xae`, "TPOPS_COMMAND": `\xff\t\r鈴木`},
		},
		{
			"not in the tables",
			func(l *slog.Logger) { l.Info("news", "a-Key=9", true) },
			map[string]string{"MESSAGE": "news a-Key=9=true", "PRIORITY": "6", "TPOPS_A_KEY_9": "true"},
		},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			there, path := newJournald(t)
			var stderr bytes.Buffer
			l := openLog(t, Config{Journal: path, Stderr: &stderr, Syslog: "mail", Debug: true})
			test.log(l.Logger())
			test.want["SYSLOG_IDENTIFIER"], test.want["SYSLOG_FACILITY"] = "tpops", "2"
			if diff := cmp.Diff(test.want, there.record(t)); diff != "" {
				t.Errorf("-want +got\n%s", diff)
			}
			flush(t, l)
			if stderr.Len() > 0 {
				t.Errorf("also on standard error: %s", stderr.String())
			}
		})
	}
}

func TestJournalFacility(t *testing.T) {
	for syslog, want := range map[string]string{"": "", "none": "", "kern": "0", "local7": "23"} {
		there, path := newJournald(t)
		openLog(t, Config{Journal: path, Syslog: syslog}).Logger().Info("stopped")
		got, ok := there.record(t)["SYSLOG_FACILITY"]
		if got != want || ok != (want != "") {
			t.Errorf("%q: %q, %t", syslog, got, ok)
		}
	}
}

// If the journal cannot be reached, events go to the other logs.
func TestNoJournal(t *testing.T) {
	var stderr bytes.Buffer
	l := openLog(t, Config{Journal: filepath.Join(t.TempDir(), "socket"), Stderr: &stderr})
	l.Logger().Info("stopped")
	flush(t, l)
	if !strings.HasSuffix(stderr.String(), " stopped\n") {
		t.Errorf("%q", stderr.String())
	}
}

// A record that waited has its own time: the journal only knows the time of arrival.
func TestJournalLate(t *testing.T) {
	there, path := newJournald(t)
	j, err := newJournal(path, noFacility)
	if err != nil {
		t.Fatal(err)
	}
	at := time.Now().Add(-time.Hour)
	if err := j.write(&event{entry: entry{time: at}, line: []byte("end")}); err != nil {
		t.Fatal(err)
	}
	if err := j.Close(); err != nil {
		t.Fatal(err)
	}
	if got := there.record(t)["TPOPS_TIME"]; got != at.UTC().Format(timeFormat) {
		t.Errorf("%q", got)
	}
}

// A journald that does not read does not block sessions. When it reads again, it gets
// the number of lost records.
func TestJournalStalls(t *testing.T) {
	there, path := newJournald(t)
	l := openLog(t, Config{Journal: path})
	logger := l.Logger()
	const total = 50000
	start := time.Now()
	for n := range total {
		logger.Info("session rejected", "user", "mrose", "messages", n)
	}
	t.Logf("%v for each event", time.Since(start)/total)
	received, dropped := 0, 0
	for received+dropped < total {
		r := there.record(t)
		if r["TPOPS_EVENT"] == "session rejected" {
			received++
			continue
		}
		var n int
		if _, err := fmt.Sscan(r["TPOPS_DROPPED"], &n); err != nil || r["MESSAGE_ID"] != "2b7efebd5e9b4124b6f7f09141123012" {
			t.Fatalf("%v: %v", r, err)
		}
		dropped += n
	}
	if received+dropped != total || dropped == 0 {
		t.Errorf("%d received, %d dropped, of %d", received, dropped, total)
	}
}
