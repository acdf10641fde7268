package maildir

import (
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestOpenMessage(t *testing.T) {
	const text = "Subject: x\r\n\n.\x00\xff\rbody"
	dir := newMaildir(t, "cur/1.a")
	deliver(t, dir, "new/2.b", text)
	m := open(t, dir, Options{})
	if got := read(t, m, 2); got != text {
		t.Errorf("text %q, want %q", got, text)
	}
	if got := read(t, m, 1); got != "" {
		t.Errorf("text %q, want none", got)
	}
	wantNone(t, m, 0)
	wantNone(t, m, 3)
	wantNone(t, m, -1)
	wantFiles(t, dir, "cur/1.a", "new/2.b") // to read is not to flag
}

// Messages that another program renames during the session are found again.
func TestRenamed(t *testing.T) {
	dir := newMaildir(t)
	for _, name := range []string{"new/1.a", "cur/2.b:2,", "cur/3.c:2,S", "cur/30.c"} {
		deliver(t, dir, name, name)
	}
	m := open(t, dir, Options{})
	rename(t, dir, "new/1.a", "cur/1.a:2,S")
	rename(t, dir, "cur/2.b:2,", "cur/2.b:2,FR")
	rename(t, dir, "cur/3.c:2,S", "new/3.c")
	for n, want := range []string{"new/1.a", "cur/2.b:2,", "cur/3.c:2,S", "cur/30.c"} {
		if got := read(t, m, n+1); got != want {
			t.Errorf("message %d: %q, want %q", n+1, got, want)
		}
	}
	rename(t, dir, "cur/1.a:2,S", "cur/1.a:2,RS") // and again
	if got := read(t, m, 1); got != "new/1.a" {
		t.Errorf("message 1: %q", got)
	}
	rename(t, dir, "cur/1.a:2,RS", "cur/1.ab:2,RS") // now it is another
	wantNone(t, m, 1)
}

// Messages that are gone are not looked for again as long as nothing changes.
func TestRemoved(t *testing.T) {
	dir := newMaildir(t, "cur/1.a", "cur/2.b", "cur/3.c")
	m := open(t, dir, Options{})
	remove(t, dir, "cur/1.a", "cur/3.c")
	age(t, dir)
	wantNone(t, m, 1)
	looked := m.view.now
	if looked == nil {
		t.Fatal("nobody looked")
	}
	wantNone(t, m, 1)
	wantNone(t, m, 3)
	if m.view.now != looked {
		t.Error("the directories were read again although nothing changed")
	}
	deliver(t, dir, "cur/3.c:2,S", "back")
	if got := read(t, m, 3); got != "back" {
		t.Errorf("message 3: %q", got)
	}
}

// A file that grows while it is read has an end.
func TestGrowing(t *testing.T) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a", "0123456789")
	m := open(t, dir, Options{})
	r, err := m.Open(t.Context(), 1)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	file, err := os.OpenFile(filepath.Join(dir, "cur/1.a"), os.O_WRONLY|os.O_APPEND, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	var got []byte
	for buf := make([]byte, 4); ; {
		if _, err := file.WriteString("more"); err != nil {
			t.Fatal(err)
		}
		n, err := r.Read(buf)
		got = append(got, buf[:n]...)
		if err == io.EOF {
			break
		}
		if err != nil || len(got) > 100 {
			t.Fatalf("read %q, %v", got, err)
		}
	}
	if string(got) != "0123456789" {
		t.Errorf("read %q", got)
	}
}

// A large file that shrinks while it is read has no end that could be taken for that
// of the message. A small one is read before its reply begins, and is sent whole.
func TestShrinking(t *testing.T) {
	for _, text := range []string{"0123456789", strings.Repeat("0123456789", mostWhole/10+1)} {
		for _, left := range []int64{0, 4} {
			dir := newMaildir(t)
			deliver(t, dir, "cur/1.a", text)
			m := open(t, dir, Options{})
			r, err := m.Open(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			defer r.Close()
			if err := os.Truncate(filepath.Join(dir, "cur/1.a"), left); err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if len(text) <= mostWhole {
				if err != nil || string(got) != text {
					t.Errorf("small: read %q, %v", got, err)
				}
			} else if err != io.ErrUnexpectedEOF || string(got) != text[:left] {
				t.Errorf("large: read %d octets, %v; want ErrUnexpectedEOF", len(got), err)
			}
		}
	}
}
