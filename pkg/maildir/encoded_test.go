package maildir

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"
	"sync"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/compressed"
	"tpops/pkg/pop3"
)

// The size of a compressed message is that of its text, whatever its name and
// the settings say.
func TestEncodedSizes(t *testing.T) {
	for format, file := range encodedFiles(t) {
		names := []string{
			"1.a", fmt.Sprintf("2.b,S=%d,W=%d:2,S", len(encodedText), encodedOctets), "3.c,S=7:2,", "4.d,W=7", "5.e,S=8,W=7:2,",
			"6.f,W=99999999999999", // S=, if there is one, is smaller than what LZ4 has
		}
		for _, options := range []Options{{}, {UseFilesize: true}, {Extended: true}, {UseFilesize: true, Extended: true}} {
			dir := newMaildir(t)
			for _, name := range names {
				deliver(t, dir, "cur/"+name, file)
			}
			log, text := logger()
			options.Log, options.Index, options.minIndexed = log, true, 1
			for range 2 {
				m := open(t, dir, options)
				for n := range names {
					if got := m.Listing().Message(n + 1); got.Octets != encodedOctets || got.Unreadable {
						t.Errorf("%s, %+v: %s has %d octets, want %d", format, options, names[n], got.Octets, encodedOctets)
					}
					if got := read(t, m, n+1); got != encodedText {
						t.Errorf("%s: %s is served as %q", format, names[n], got)
					}
				}
				age(t, dir)
			}
			if text.Len() > 0 {
				t.Errorf("%s: log: %q", format, text)
			}
		}
	}
}

// A message that cannot be decoded is listed with the size in its name or that of
// its file, refused, and logged.
func TestUnreadable(t *testing.T) {
	for name, file := range unreadableFiles(t) {
		t.Run(name, func(t *testing.T) {
			for _, options := range []Options{{}, {UseFilesize: true}, {Extended: true}} {
				dir := newMaildir(t)
				deliver(t, dir, "cur/1.a,S=900,W=930:2,", file)
				deliver(t, dir, "cur/2.b,S=900:2,", file)
				deliver(t, dir, "cur/4.d,S=12:2,", "Subject: x\n\n")
				log, text := logger()
				options.Log = log
				checkUnreadable(t, open(t, dir, options), []int64{900, 900})
				if strings.Count(text.String(), "unreadable messages found") != 1 || !strings.Contains(text.String(), "files=2") {
					t.Errorf("log: %q", text)
				}
			}
		})
	}
}

// checkUnreadable checks that the first messages have these sizes and cannot be
// had, and that the next one can.
func checkUnreadable(t *testing.T, m *Mailbox, sizes []int64) {
	t.Helper()
	for i, octets := range sizes {
		if got := m.Listing().Message(i + 1); got.Octets != octets || !got.Unreadable {
			t.Errorf("message %d: %+v, want %d octets", i+1, got, octets)
		}
	}
	checkOpenFiles(t, func() {
		for i := range sizes {
			r, err := m.Open(t.Context(), i+1)
			if r != nil || !errors.Is(err, pop3.ErrEncoded) || errors.Is(err, pop3.ErrNoMessage) {
				t.Errorf("message %d: %v", i+1, err)
			}
		}
	})
	if got := read(t, m, len(sizes)+1); got != "Subject: x\n\n" || m.Listing().Message(len(sizes)+1).Unreadable {
		t.Errorf("message %d: %q", len(sizes)+1, got)
	}
}

// Without S= an unreadable message has the size of its file. Update decides
// nothing: it removes what the session marked.
func TestUnreadableFileSize(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a,W=930:2,", "CRYPTED\x03\x07\x02\x00")
	deliver(t, dir, "cur/2.b:2,", "\x1f\x8b\x08")
	deliver(t, dir, "cur/3.c:2,", "Subject: x\n\n")
	m := open(t, dir, Options{})
	checkUnreadable(t, m, []int64{11, 3})
	update(t, m, mark([]int{1}, nil))
	wantFiles(t, dir, "cur/2.b:2,", "cur/3.c:2,")
}

// What was found out is known at the next login, from memory and from the index,
// and in a session that another process continues.
func TestEncodedIsKnown(t *testing.T) {
	for name, options := range map[string]Options{
		"index": {Index: true, minIndexed: 1}, "memory": {Cache: NewCache(1 << 20)}, "index, by name": {Index: true, minIndexed: 1, UseFilesize: true},
	} {
		t.Run(name, func(t *testing.T) {
			dir := newMaildir(t)
			deliver(t, dir, "cur/1.a,S=900,W=930:2,", "CRYPTED\x03\x07\x02\x00")
			deliver(t, dir, "cur/2.b,S=12,W=15:2,", "Subject: x\n\n")
			deliver(t, dir, "cur/3.c,W=7:2,", encodedFiles(t)["gz"])
			age(t, dir)
			log, text := logger()
			options.Log = log
			openPlainly(t, dir, options)
			deliver(t, dir, "new/4.d,S=3,W=4", "x\n\n")
			age(t, dir)
			for range 2 {
				text.Reset()
				m := openPlainly(t, dir, options)
				checkUnreadable(t, m, []int64{900})
				if got := m.Listing().Message(3).Octets; got != encodedOctets || text.Len() > 0 || m.view.measured > 1 {
					t.Errorf("%d octets, %d measured, log %q", got, m.view.measured, text)
				}
				state, files := m.Suspend()
				again, err := Resume(nil, state, files, options)
				if err != nil {
					t.Fatal(err)
				}
				checkUnreadable(t, again, []int64{900})
				if got := read(t, again, 3); got != encodedText {
					t.Errorf("after a restart: %q", got)
				}
				again.Close()
			}
		})
	}
}

// openPlainly is open, whatever the tests run with.
func openPlainly(t *testing.T, dir string, options Options) *Mailbox {
	t.Helper()
	m, err := Open(t.Context(), nil, dir, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = m.Close() })
	return m
}

// A message that is damaged once it was measured is never taken for a whole one,
// and the next session knows.
func TestDamagedLater(t *testing.T) {
	for _, format := range []string{"gz", "zstd", "bz2"} {
		dir := newMaildir(t)
		deliver(t, dir, "cur/1.a:2,", encodedFiles(t)[format])
		age(t, dir)
		options := Options{Index: true, minIndexed: 1, Cache: NewCache(1 << 20)}
		m := open(t, dir, options)
		damage(t, fileIn(dir, "cur/1.a:2,"))
		r, err := m.Open(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		if text, err := io.ReadAll(r); !errors.Is(err, pop3.ErrEncoded) {
			t.Errorf("%s: %q, %v", format, text, err)
		}
		r.Close()
		m = open(t, dir, options)
		if _, err := m.Open(t.Context(), 1); !errors.Is(err, pop3.ErrEncoded) || !m.Listing().Message(1).Unreadable {
			t.Errorf("%s: the next session: %v", format, err)
		}
	}
}

// A file that is not the one that was measured is decoded to its end before any of
// it is sent.
func TestReplacedByEncoded(t *testing.T) {
	for format, file := range encodedFiles(t) {
		dir := newMaildir(t)
		deliver(t, dir, "cur/1.a:2,", "Subject: y\n\n")
		deliver(t, dir, "cur/2.b:2,", file)
		m := open(t, dir, Options{})
		deliver(t, dir, "cur/1.a:2,", file[:len(file)-1])
		deliver(t, dir, "cur/2.b:2,", file[:len(file)-1])
		for n := 1; n <= 2; n++ {
			if r, err := m.Open(t.Context(), n); r != nil || !errors.Is(err, pop3.ErrEncoded) {
				t.Errorf("%s, message %d: %v", format, n, err)
			}
		}
		deliver(t, dir, "cur/2.b:2,", file+file)
		if format != "lz4" {
			if got := read(t, m, 2); got != encodedText+encodedText {
				t.Errorf("%s: %q", format, got)
			}
		}
	}
}

// A message may be closed while it is read.
func TestEncodedClosedMeanwhile(t *testing.T) {
	for format, file := range encodedFiles(t) {
		dir := newMaildir(t)
		deliver(t, dir, "cur/1.a:2,", file)
		m := open(t, dir, Options{})
		r, err := m.Open(t.Context(), 1)
		if err != nil {
			t.Fatal(err)
		}
		var wait sync.WaitGroup
		wait.Go(func() { _, _ = io.Copy(io.Discard, r) })
		if err := r.Close(); err != nil {
			t.Errorf("%s: %v", format, err)
		}
		wait.Wait()
		if n, err := r.Read(make([]byte, 1)); n != 0 || err == nil {
			t.Errorf("%s: read after close: %d, %v", format, n, err)
		}
	}
}

// No mail is taken for an encoded one, however much it looks like it.
func TestNotEncoded(t *testing.T) {
	texts := []string{
		"", "B", "BZh", "BZh9", "BZh91AY&SY: x\n\n", "BZh91AY&SY-Long-Field: x\n\n", "BZh9: a header field\n\nx\n", "\x1f\x8b", "CRYPTED: no\n\n",
		"Dovecot-LZ4: x\n\n", "(comment)\n\n", "From x\nSubject: y\n\n", "\n\x1f\x8b\x08",
	}
	for _, file := range encodedFiles(t) {
		texts = append(texts, "Subject: x\n\n"+file)
	}
	for _, text := range texts {
		dir := newMaildir(t)
		deliver(t, dir, "new/1.a", text)
		deliver(t, dir, "new/2.b,W=7", text)
		m := open(t, dir, Options{})
		if got := read(t, m, 1); got != text {
			t.Errorf("%q is served as %q", text, got)
		}
		if got := m.Listing().Message(2).Octets; got != 7 {
			t.Errorf("%q with W=7 has %d octets", text, got)
		}
	}
}

// A name that says how large the text is, which the file is too, is believed
// without opening the file, and one that cannot be opened keeps the size in its
// name.
func TestNamedIsNotOpened(t *testing.T) {
	needRoot(t)
	const text = "Subject: x\n\n"
	dir := newMaildir(t)
	names := []string{"cur/1.a,S=12,W=15:2,", "cur/2.b,W=15:2,"}
	for _, name := range names {
		deliver(t, dir, name, text)
	}
	owner := someUser(t, dir)
	for _, name := range names {
		if err := os.Chmod(fileIn(dir, name), 0); err != nil {
			t.Fatal(err)
		}
	}
	log, logged := logger()
	m := openAs(t, owner, dir, Options{Log: log})
	for n := 1; n <= 2; n++ {
		if got := m.Listing().Message(n); got.Octets != 15 || got.Unreadable {
			t.Errorf("message %d: %+v", n, got)
		}
	}
	if logged.Len() > 0 {
		t.Errorf("log: %q", logged)
	}
}

func TestFormatOfKeepsPosition(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "new/1.a", "text")
	file, err := os.Open(dir + "/new/1.a")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if format, err := formatOf(int(file.Fd())); format != 0 || err != nil {
		t.Errorf("%v, %v", format, err)
	}
	if at, err := file.Seek(0, 1); at != 0 || err != nil {
		t.Errorf("at %d, %v", at, err)
	}
}

// A record of the index cannot claim more than one form.
func TestIndexForms(t *testing.T) {
	for f, want := range map[form]bool{asText: true, encoded: true, unreadable: true, encoded | unreadable: false} {
		table := &table{names: "1.a", files: []file{newFile("1.a", 0, inCur)}, plain: true}
		table.files[0].octets, table.files[0].form = 7, f
		block := encodeIndex(table, 0, states{})
		x, err := readIndex(strings.NewReader(string(block)), int64(len(block)), 0)
		if (err == nil) != want || err == nil && (x.table.files[0].form != f || x.table.files[0].sub != inCur) {
			t.Errorf("form %d: %v", f, err)
		}
	}
}

// A file that cannot be read has no format.
func TestFormatOfUnreadable(t *testing.T) {
	fd, err := unix.Open(t.TempDir(), unix.O_RDONLY|unix.O_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	if format, err := formatOf(fd); !errors.Is(err, unix.EISDIR) || format != compressed.Plain {
		t.Errorf("formatOf() = %v, %v", format, err)
	}
}
