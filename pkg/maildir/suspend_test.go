package maildir

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// resumed takes a mailbox out of itself and goes on with it.
func resumed(t testing.TB, m *Mailbox, options Options) *Mailbox {
	t.Helper()
	state, files := m.Suspend()
	if err := m.Close(); err != nil {
		t.Fatal(err)
	}
	next, err := Resume(nil, state, files, options)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = next.Close() })
	return next
}

// The contract holds for a mailbox that another process goes on with.
func TestResumedMailbox(t *testing.T) {
	pop3test.TestMailbox(t, func(t *testing.T, texts []string) pop3test.Maildrop {
		dir := newMaildir(t)
		for i, text := range texts {
			deliver(t, dir, []string{"cur/", "new/"}[i%2]+string(rune('1'+i))+".message", text)
		}
		return pop3test.Maildrop{
			Open: func() (pop3.Mailbox, error) {
				m, err := openKnown(t.Context(), nil, dir, Options{Lock: true})
				if err != nil {
					return nil, err
				}
				return resumed(t, m, Options{Lock: true}), nil
			},
			Remove: func(n int) {
				name := string(rune('0'+n)) + ".message"
				for _, sub := range []string{"cur", "new"} {
					if err := os.Remove(filepath.Join(dir, sub, name)); err != nil && !errors.Is(err, os.ErrNotExist) {
						t.Fatal(err)
					}
				}
			},
		}
	})
}

// Everything that a listing shows comes through, odd names and copies too, and
// a message that was renamed meanwhile is found.
func TestResumeOddNames(t *testing.T) {
	dir := newMaildir(t, "new/1.a", "cur/1.a:2,S", "cur/2.b with blank:2,S", "cur/99999999999999999999999.c", "new/no-number,W=7")
	m := open(t, dir, Options{Lock: true})
	var want []pop3.Message
	for n := 1; n <= m.Listing().Len(); n++ {
		want = append(want, m.Listing().Message(n))
	}
	last := m.Listing().Last()
	next := resumed(t, m, Options{Lock: true})
	var got []pop3.Message
	for n := 1; n <= next.Listing().Len(); n++ {
		got = append(got, next.Listing().Message(n))
	}
	if !slices.Equal(got, want) || next.Listing().Last() != last {
		t.Errorf("got %+v, want %+v", got, want)
	}
	rename(t, dir, "new/no-number,W=7", "cur/no-number,W=7:2,F")
	for n := 1; n <= len(want); n++ {
		text, err := next.Open(t.Context(), n)
		if err != nil {
			t.Errorf("message %d: %v", n, err)
			continue
		}
		text.Close()
	}
}

// The lock is never free in between.
func TestSuspendKeepsLock(t *testing.T) {
	dir := newMaildir(t)
	m := open(t, dir, Options{Lock: true})
	state, files := m.Suspend()
	locked := func(when string) {
		t.Helper()
		if other, err := openKnown(t.Context(), nil, dir, Options{Lock: true}); !errors.Is(err, pop3.ErrLocked) {
			t.Fatalf("%s: %v, %v", when, other, err)
		}
	}
	locked("at rest")
	_ = m.Close()
	locked("after Close of what is suspended")
	next, err := Resume(nil, state, files, Options{Lock: true})
	if err != nil {
		t.Fatal(err)
	}
	locked("resumed")
	_ = next.Close()
	open(t, dir, Options{Lock: true})
}

// A mailbox stays one whose changes this kernel knows, also in a process that gets into the
// Maildir only with the rights of its owner.
func TestResumeLocal(t *testing.T) {
	dir := smallDisk(t, "cur/1.bob:2,S")
	giveTo(t, bob, dir)
	if err := os.Chmod(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	state, files := openAs(t, bob, dir, Options{}).Suspend()
	var next *Mailbox
	withoutOverride(t, func() (err error) {
		if _, err := os.ReadDir(dir); !errors.Is(err, unix.EACCES) {
			t.Errorf("the process itself reads the Maildir: %v", err)
		}
		next, err = Resume(bob, state, files, Options{})
		return err
	})
	defer next.Close()
	if !next.local || !next.dirLocal {
		t.Error("not local")
	}
}

// withoutOverride calls do on a thread that has no capability that overrides file modes.
func withoutOverride(t *testing.T, do func() error) {
	t.Helper()
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // The thread ends with the goroutine.
		header := unix.CapUserHeader{Version: unix.LINUX_CAPABILITY_VERSION_3}
		var sets [2]unix.CapUserData
		err := unix.Capget(&header, &sets[0])
		override := uint32(1<<unix.CAP_DAC_OVERRIDE | 1<<unix.CAP_DAC_READ_SEARCH)
		sets[0].Effective, sets[0].Permitted = sets[0].Effective&^override, sets[0].Permitted&^override
		if err == nil {
			err = unix.Capset(&header, &sets[0])
		}
		if err == nil {
			err = do()
		}
		done <- err
	}()
	if err := <-done; err != nil {
		t.Fatal(err)
	}
}

func TestResumeWithoutMaildir(t *testing.T) {
	m := open(t, filepath.Join(t.TempDir(), "none"), Options{Lock: true})
	if next := resumed(t, m, Options{}); next.Listing().Len() != 0 {
		t.Error("messages without a Maildir")
	}
}

func TestResumeWrongFiles(t *testing.T) {
	dir := newMaildir(t, "new/1.a")
	openFile := func(name string) *os.File {
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		return f
	}
	tests := []struct {
		name  string
		files func() []*os.File
	}{
		{"none", func() []*os.File { return nil }},
		{"one", func() []*os.File { return []*os.File{openFile(dir)} }},
		{"of other kinds", func() []*os.File { return []*os.File{openFile(filepath.Join(dir, "new/1.a")), openFile(dir)} }},
		{"too many", func() []*os.File {
			return []*os.File{openFile(dir), openFile(filepath.Join(dir, "new/1.a")), openFile(dir)}
		}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			state, files := open(t, dir, Options{Lock: true}).Suspend()
			for _, f := range files {
				_ = f.Close()
			}
			if m, err := Resume(nil, state, test.files(), Options{}); !errors.Is(err, errState) {
				t.Errorf("%v, %v", m, err)
			}
		})
	}
}

func FuzzState(f *testing.F) {
	dir := newMaildir(f, "new/1.a", "cur/1.a:2,S", "cur/2.b b:2,S")
	m := open(f, dir, Options{})
	state, files := m.Suspend()
	for _, file := range files {
		_ = file.Close()
	}
	f.Add(state)
	f.Add(state[:len(state)/2])
	f.Add([]byte{})
	f.Fuzz(func(t *testing.T, state []byte) {
		// Whatever it is, it is taken or refused, and what is taken is the same again.
		root, err := os.Open("/")
		if err != nil {
			t.Fatal(err)
		}
		m, err := Resume(nil, state, []*os.File{root}, Options{})
		if err != nil {
			return
		}
		again := m.encode()
		root, _ = os.Open("/")
		next, err := Resume(nil, again, []*os.File{root}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(next.encode(), again) {
			t.Errorf("%x became %x", again, next.encode())
		}
		_, _ = m.Close(), next.Close()
	})
}
