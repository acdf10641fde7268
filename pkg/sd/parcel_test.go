package sd

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"runtime"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// writing returns what Pack calls to get a state.
func writing(text string) func(io.Writer) error {
	return func(w io.Writer) error {
		_, err := io.WriteString(w, text)
		return err
	}
}

// numbered returns n files in memory whose text is their number.
func numbered(t testing.TB, n int) []syscall.Conn {
	var files []syscall.Conn
	for i := range n {
		files = append(files, sealedFile(t, fmt.Sprint(i), 0))
	}
	return files
}

// mostFiles returns n, or what of it leaves room for other descriptors of the
// process.
func mostFiles(t testing.TB, n int) int {
	t.Helper()
	var limit unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	return int(min(uint64(n), limit.Cur-limit.Cur/8))
}

func TestPackUnpack(t *testing.T) {
	for _, n := range []int{0, 1, 249, 250, 251, 500, 501} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			files := numbered(t, n)
			receiver, err := Pack(writing("the state"), files)
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range files { // as the end of the process does
				f.(*os.File).Close()
			}
			p, err := Unpack(receiver)
			if err != nil {
				t.Fatal(err)
			}
			checkParcel(t, p, "the state", n)
			if err := p.Close(); err != nil {
				t.Error(err)
			}
			if err := p.Close(); err != nil {
				t.Errorf("second time: %v", err)
			}
			if !errors.Is(receiver.Close(), os.ErrClosed) {
				t.Error("the receiver is still open")
			}
		})
	}
}

// checkParcel fails unless p has this state and n numbered files.
func checkParcel(t *testing.T, p *Parcel, state string, n int) {
	t.Helper()
	if got, err := io.ReadAll(p.State); string(got) != state {
		t.Errorf("state %q, %v", got, err)
	}
	if _, err := p.State.WriteAt([]byte("x"), 0); !errors.Is(err, unix.EPERM) {
		t.Errorf("writing to the state: %v", err)
	}
	if len(p.Files) != n {
		t.Fatalf("%d files, want %d", len(p.Files), n)
	}
	for i, f := range p.Files {
		text := make([]byte, 9)
		read, _ := f.ReadAt(text, 0)
		if string(text[:read]) != fmt.Sprint(i) {
			t.Errorf("file %d is %q", i, text[:read])
		}
		if flags, err := unix.FcntlInt(f.Fd(), unix.F_GETFD, 0); flags&unix.FD_CLOEXEC == 0 {
			t.Errorf("file %d is inherited by children (%v)", i, err)
		}
	}
}

// TestPackSessions hands connections over in the middle of their work, with
// octets unread, through a store.
func TestPackSessions(t *testing.T) {
	n, m := notifier(t)
	client, server := connect(t, tcp(t))
	if _, err := io.WriteString(client, "NOOP"); err != nil {
		t.Fatal(err)
	}
	receiver, err := Pack(writing("alice"), []syscall.Conn{server.(syscall.Conn)})
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Store("sessions", receiver); err != nil {
		t.Fatal(err)
	}
	receiver.Close()
	server.Close()

	stored, _ := m.next()
	p, err := Unpack(stored.files[0])
	if err != nil {
		t.Fatal(err)
	}
	conn, err := (&Socket{Kind: Connected, File: p.Files[0]}).Conn()
	if err != nil {
		t.Fatal(err)
	}
	p.Files[0] = nil // taken
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(conn, "+OK\r\n"); err != nil {
		t.Fatal(err)
	}
	got := make([]byte, 5)
	if _, err := io.ReadFull(client, got); string(got) != "+OK\r\n" {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := io.ReadFull(conn, got[:4]); string(got[:4]) != "NOOP" {
		t.Errorf("%q, %v", got, err)
	}
	conn.Close()
	if _, err := client.Read(got); !errors.Is(err, io.EOF) {
		t.Errorf("a copy is left open: %v", err)
	}
}

func TestPackRefuses(t *testing.T) {
	file := sealedFile(t, "", 0)
	closed, _ := pair(t, unix.SOCK_STREAM)
	closed.Close()
	mebibyte := make([]byte, 1<<20)
	tests := []struct {
		name  string
		state func(io.Writer) error
		files []syscall.Conn
		want  string
	}{
		{"too many", writing(""), repeat(file, MaxFiles+1), "more than 65536"},
		{"closed", writing(""), append(repeat(file, 300), closed), "message 2: descriptor 51 of 51"},
		{"state that fails", func(io.Writer) error { return io.ErrUnexpectedEOF }, nil, "state: unexpected EOF"},
		{"state without end", func(w io.Writer) error {
			b := &bounded{to: w.(*bounded).to, left: 3 << 20} // so that a test needs no GiB
			for {
				if _, err := b.Write(mebibyte); err != nil {
					return err
				}
			}
		}, nil, "state: more than 1073741824 octets"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			receiver, err := Pack(tt.state, tt.files)
			wantError(t, err, tt.want)
			if receiver != nil {
				t.Error("a receiver too")
			}
		})
	}
}

// TestPackFailsClean holds that a parcel that failed half-way keeps nothing
// open: the end of a socket pair that was in it is gone.
func TestPackFailsClean(t *testing.T) {
	in, out := pair(t, unix.SOCK_STREAM)
	closed, _ := pair(t, unix.SOCK_STREAM)
	closed.Close()
	if _, err := Pack(writing(""), append(repeat(in, 250), closed)); err == nil {
		t.Fatal("no error")
	}
	in.Close()
	if n, err := out.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Error(n, err)
	}
}

// TestPackWhileUsed packs a connection on which somebody waits.
func TestPackWhileUsed(t *testing.T) {
	_, server := connect(t, tcp(t))
	done := make(chan error)
	go func() {
		_, err := server.Read(make([]byte, 1))
		done <- err
	}()
	receiver, err := Pack(writing(""), []syscall.Conn{server.(syscall.Conn)})
	if err != nil {
		t.Fatal(err)
	}
	receiver.Close()
	server.SetReadDeadline(time.Unix(1, 0))
	if err := <-done; !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Error(err)
	}
}

// TestPackMany has as many descriptors as the process may, up to those of
// 8,000 sessions.
func TestPackMany(t *testing.T) {
	n := mostFiles(t, 24_000)
	receiver, err := Pack(writing(strings.Repeat("s", 1<<20)), repeat(sealedFile(t, "", 0), n))
	if err != nil {
		t.Fatal(err)
	}
	p, err := Unpack(receiver)
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	if len(p.Files) != n {
		t.Errorf("%d files, want %d", len(p.Files), n)
	}
}

// TestUnpackBeyondLimit has more descriptors than the process may open.
func TestUnpackBeyondLimit(t *testing.T) {
	in, out := pair(t, unix.SOCK_STREAM)
	receiver, err := Pack(writing(""), repeat(in, 600))
	if err != nil {
		t.Fatal(err)
	}
	in.Close()
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		t.Fatal(err)
	}
	lowest, err := unix.Dup(0)
	if err != nil {
		t.Fatal(err)
	}
	unix.Close(lowest)
	low := unix.Rlimit{Cur: uint64(lowest) + 300, Max: old.Max}
	if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &low); err != nil {
		t.Fatal(err)
	}
	_, err = Unpack(receiver)
	if restore := unix.Setrlimit(unix.RLIMIT_NOFILE, &old); restore != nil {
		t.Fatal(restore)
	}
	if !errors.Is(err, unix.EMFILE) {
		t.Errorf("error is %v", err)
	}
	if n, err := out.Read(make([]byte, 1)); !errors.Is(err, io.EOF) {
		t.Errorf("something is left open: %d, %v", n, err)
	}
}

func FuzzHeader(f *testing.F) {
	f.Add(header{}.encode())
	f.Add(header{index: 2, files: 251, state: 1 << 30}.encode())
	f.Add(header{index: 3, files: 251}.encode())
	f.Add(header{files: MaxFiles + 1}.encode())
	f.Add(header{files: 1<<32 - 1, index: 1}.encode())
	f.Add(slices.Replace(header{}.encode(), 11, 12, 2))
	f.Add([]byte(parcelMagic))
	f.Fuzz(func(t *testing.T, b []byte) {
		h, err := decodeHeader(b)
		if err != nil {
			if h != (header{}) {
				t.Errorf("%+v, %v", h, err)
			}
			return
		}
		if !bytes.Equal(h.encode(), b) {
			t.Errorf("%+v does not become %x again", h, b)
		}
		if h.files > MaxFiles || h.state > maxState || h.index > MaxFiles/perMessage+1 {
			t.Errorf("out of bounds: %+v", h)
		}
		total := 0
		for i := range h.messages() {
			g := header{index: i, files: h.files}
			n := g.descriptors()
			if n < 1 || n > perMessage {
				t.Errorf("%d descriptors in %+v", n, g)
			}
			total += n
		}
		if total != int(h.files)+1 {
			t.Errorf("%d descriptors in all of %+v", total, h)
		}
	})
}

// BenchmarkHandOver packs and unpacks what 8,000 sessions with two descriptors
// each have, and 2 MB of state.
func BenchmarkHandOver(b *testing.B) {
	client, server := pair(b, unix.SOCK_STREAM)
	files := repeat(server, mostFiles(b, 16_000))
	_ = client
	state := strings.Repeat("s", 2<<20)
	var packing, unpacking time.Duration
	for b.Loop() {
		start := time.Now()
		receiver, err := Pack(writing(state), files)
		if err != nil {
			b.Fatal(err)
		}
		packed := time.Now()
		p, err := Unpack(receiver)
		if err != nil {
			b.Fatal(err)
		}
		packing += packed.Sub(start)
		unpacking += time.Since(packed)
		p.Close()
		runtime.GC()
	}
	b.ReportMetric(packing.Seconds()*1000/float64(b.N), "ms/pack")
	b.ReportMetric(unpacking.Seconds()*1000/float64(b.N), "ms/unpack")
	b.ReportMetric(float64(len(files)), "descriptors")
}
