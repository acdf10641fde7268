package sd

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"golang.org/x/sys/unix"
)

// field is one field of a record, as the test's own decoder reads it.
type field struct{ name, value string }

// decodeRecord reads a record of the native protocol from its description:
// NAME=value, or NAME, a line end, the length and the value; then a line end.
func decodeRecord(record []byte) ([]field, error) {
	var fields []field
	for len(record) > 0 {
		line, rest, ok := bytes.Cut(record, []byte("\n"))
		if !ok {
			return nil, fmt.Errorf("no line end behind %q", record)
		}
		name, value, short := strings.Cut(string(line), "=")
		if !short {
			if len(rest) < 8 {
				return nil, fmt.Errorf("no length behind %q", name)
			}
			n := binary.LittleEndian.Uint64(rest)
			if uint64(len(rest)) < 8+n+1 || rest[8+n] != '\n' {
				return nil, fmt.Errorf("%q: a value of %d octets does not end there", name, n)
			}
			value, rest = string(rest[8:8+n]), rest[8+n+1:]
		}
		fields = append(fields, field{name, value})
		record = rest
	}
	return fields, nil
}

func TestAppendField(t *testing.T) {
	tests := []struct{ name, field, value, want string }{
		{"word", "TPOPS_USER", "mrose", "TPOPS_USER=mrose\n"},
		{"empty", "TPOPS_USER", "", "TPOPS_USER=\n"},
		{"equals sign", "MESSAGE", "a=b", "MESSAGE=a=b\n"},
		{"line end", "MESSAGE", "a\nUID=0", "MESSAGE\n\x07\x00\x00\x00\x00\x00\x00\x00a\nUID=0\n"},
		{"line end alone", "A", "\n", "A\n\x01\x00\x00\x00\x00\x00\x00\x00\n\n"},
		{"octets that are no text", "A1_", "\x00\xff\r", "A1_=\x00\xff\r\n"},
		{"more than 255 octets", "A", strings.Repeat("\n", 258), "A\n\x02\x01\x00\x00\x00\x00\x00\x00" + strings.Repeat("\n", 259)},
		{"name of 64", strings.Repeat("A", 64), "x", strings.Repeat("A", 64) + "=x\n"},
		{"name of 65", strings.Repeat("A", 65), "x", ""},
		{"no name", "", "x", ""},
		{"name with a line end", "A\nB", "x", ""},
		{"name with an equals sign", "A=B", "x", ""},
		{"lower case", "a", "x", ""},
		{"digit first", "1A", "x", ""},
		{"one that only journald may set", "_UID", "0", ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := string(AppendField([]byte("X"), test.field, test.value)); got != "X"+test.want {
				t.Errorf("string: %q, want %q", got, "X"+test.want)
			}
			if got := string(AppendField([]byte("X"), test.field, []byte(test.value))); got != "X"+test.want {
				t.Errorf("octets: %q, want %q", got, "X"+test.want)
			}
		})
	}
}

func FuzzAppendField(f *testing.F) {
	f.Add("MESSAGE", "a\nb", "TPOPS_USER", "mrose")
	f.Add("A=", "\n", "", "\n\n")
	f.Fuzz(func(t *testing.T, name1, value1, name2, value2 string) {
		var want []field
		var record []byte
		for _, f := range []field{{name1, value1}, {"MIDDLE", value1 + value2}, {name2, value2}} {
			before := len(record)
			record = AppendField(record, f.name, f.value)
			if len(record) > before {
				want = append(want, f)
			}
		}
		got, err := decodeRecord(record)
		if err != nil {
			t.Fatalf("%q: %v", record, err)
		}
		if diff := cmp.Diff(want, got, cmp.AllowUnexported(field{})); diff != "" {
			t.Fatalf("%q: -put in +read\n%s", record, diff)
		}
	})
}

// listenJournal takes the place of journald, at a path of the test.
func listenJournal(t *testing.T, path string) *net.UnixConn {
	t.Helper()
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = l.Close() }) // Some tests close it themselves.
	return l
}

func dialJournal(t *testing.T, path string) *Journal {
	t.Helper()
	j, err := DialJournal(path)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := j.Close(); err != nil {
			t.Error(err)
		}
	})
	return j
}

// receive returns the next record, from the datagram or from the file that
// came instead of one.
func receive(t *testing.T, l *net.UnixConn) []byte {
	t.Helper()
	b, oob := make([]byte, 1<<20), make([]byte, 64)
	if err := l.SetReadDeadline(time.Now().Add(time.Minute)); err != nil {
		t.Fatal(err)
	}
	n, oobn, _, _, err := l.ReadMsgUnix(b, oob)
	if err != nil {
		t.Fatal(err)
	}
	if oobn == 0 {
		return b[:n]
	}
	if n != 0 {
		t.Errorf("%d octets beside a descriptor", n)
	}
	return readSealed(t, oob[:oobn])
}

func readSealed(t *testing.T, oob []byte) []byte {
	t.Helper()
	messages, err := unix.ParseSocketControlMessage(oob)
	if err != nil || len(messages) != 1 {
		t.Fatalf("%d control messages: %v", len(messages), err)
	}
	fds, err := unix.ParseUnixRights(&messages[0])
	if err != nil || len(fds) != 1 {
		t.Fatalf("%d descriptors: %v", len(fds), err)
	}
	file := os.NewFile(uintptr(fds[0]), "record")
	defer file.Close()
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		t.Fatal(err)
	}
	if want := unix.F_SEAL_SEAL | unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_WRITE; seals != want {
		t.Errorf("seals %#x, want %#x", seals, want)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, info.Size())
	if _, err := file.ReadAt(b, 0); err != nil {
		t.Fatal(err)
	}
	return b
}

func TestJournalSend(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listenJournal(t, path)
	j := dialJournal(t, path)
	tests := []struct {
		name  string
		value string
	}{
		{"short", "login user=mrose"},
		{"several lines", "a\nb\x00c"},
		{"larger than a datagram may be", strings.Repeat("0123456789\n", 200000)},
		{"a datagram again", "end"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			record := AppendField(AppendField(nil, "MESSAGE", test.value), "PRIORITY", "6")
			if err := j.Send(record); err != nil {
				t.Fatal(err)
			}
			got, err := decodeRecord(receive(t, l))
			if err != nil {
				t.Fatal(err)
			}
			want := []field{{"MESSAGE", test.value}, {"PRIORITY", "6"}}
			if diff := cmp.Diff(want, got, cmp.AllowUnexported(field{})); diff != "" {
				t.Errorf("-sent +received\n%s", diff)
			}
		})
	}
}

// A journald that reads nothing is waited for, but not for ever; when it reads
// again, records arrive again.
func TestJournalStalls(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listenJournal(t, path)
	j := dialJournal(t, path)
	record := AppendField(nil, "MESSAGE", "x")
	large := AppendField(nil, "MESSAGE", strings.Repeat("x", 1<<20))
	sent := fillSocket(t, j.conn, record)
	j.wait = 10 * time.Millisecond
	for _, b := range [][]byte{record, large} {
		if err := j.Send(b); !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("%d octets: %v", len(b), err)
		}
	}
	for range sent {
		receive(t, l)
	}
	j.wait = 10 * time.Second
	for _, want := range [][]byte{record, large} {
		if err := j.Send(want); err != nil {
			t.Fatal(err)
		}
		if got := receive(t, l); !bytes.Equal(got, want) {
			t.Errorf("%d octets, want %d", len(got), len(want))
		}
	}
}

// fillSocket sends records until the socket takes no more, and returns how many.
func fillSocket(t *testing.T, conn *net.UnixConn, record []byte) int {
	t.Helper()
	raw, err := conn.SyscallConn()
	if err != nil {
		t.Fatal(err)
	}
	sent, full := 0, error(nil)
	err = raw.Control(func(fd uintptr) {
		for ; full == nil; sent++ {
			full = unix.Sendmsg(int(fd), record, nil, nil, unix.MSG_DONTWAIT)
		}
	})
	if err != nil || !errors.Is(full, unix.EAGAIN) {
		t.Fatal(err, full)
	}
	return sent - 1
}

// A journald whose socket was made anew gets the very next record.
func TestJournalComesBack(t *testing.T) {
	path := filepath.Join(t.TempDir(), "socket")
	l := listenJournal(t, path)
	j := dialJournal(t, path)
	record := AppendField(nil, "MESSAGE", "x")
	if err := l.Close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(path); err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	for range 2 {
		if err := j.Send(record); err == nil {
			t.Fatal("sent to nobody")
		}
	}
	l = listenJournal(t, path)
	if err := j.Send(record); err != nil {
		t.Fatal(err)
	}
	if got := receive(t, l); !bytes.Equal(got, record) {
		t.Errorf("%q", got)
	}
}

func TestDialJournal(t *testing.T) {
	if _, err := DialJournal(filepath.Join(t.TempDir(), "socket")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no socket: %v", err)
	}
}

func TestIsJournal(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "stream"))
	if err != nil {
		t.Fatal(err)
	}
	var stat unix.Stat_t
	if err := unix.Stat(f.Name(), &stat); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, stream string
		want         bool
	}{
		{"the same", fmt.Sprintf("%d:%d", stat.Dev, stat.Ino), true},
		{"another inode", fmt.Sprintf("%d:%d", stat.Dev, stat.Ino+1), false},
		{"another device", fmt.Sprintf("%d:%d", stat.Dev+1, stat.Ino), false},
		{"not set", "", false},
		{"nonsense", "1", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := IsJournal(f, test.stream); got != test.want {
				t.Errorf("%q: %t", test.stream, got)
			}
		})
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
	if IsJournal(f, tests[0].stream) {
		t.Error("a file that is closed is the journal")
	}
}

func BenchmarkJournalSend(b *testing.B) {
	path := filepath.Join(b.TempDir(), "socket")
	l, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		b.Fatal(err)
	}
	defer l.Close()
	go func() {
		buffer := make([]byte, 4096)
		for {
			if _, err := l.Read(buffer); err != nil {
				return
			}
		}
	}()
	j, err := DialJournal(path)
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	record := AppendField(nil, "MESSAGE", strings.Repeat("x", 400))
	b.ReportAllocs()
	for b.Loop() {
		if err := j.Send(record); err != nil {
			b.Fatal(err)
		}
	}
}
