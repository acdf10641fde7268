package maildir

import (
	"errors"
	"io"
	"os"
	"strings"
	"sync"
	"testing"
)

// A message may be closed while it is read, and twice: its descriptor is closed
// once, and no other file is read in its place. A small one was read when it was
// opened.
func TestSharedFile(t *testing.T) {
	for _, octets := range []int{5, mostWhole + 1} {
		testSharedFile(t, strings.Repeat("t", octets-1)+"\n")
	}
}

func testSharedFile(t *testing.T, want string) {
	dir := newMaildir(t)
	deliver(t, dir, "cur/1.a", want)
	m := open(t, dir, Options{})
	checkOpenFiles(t, func() {
		for range 200 {
			r, err := m.Open(t.Context(), 1)
			if err != nil {
				t.Fatal(err)
			}
			var both sync.WaitGroup
			both.Go(func() {
				text, err := io.ReadAll(r)
				if err != nil && !errors.Is(err, os.ErrClosed) || err == nil && string(text) != want {
					t.Errorf("%d octets, %v", len(text), err)
				}
			})
			both.Go(func() {
				if err := r.Close(); err != nil {
					t.Error(err)
				}
			})
			both.Wait()
			if err := r.Close(); !errors.Is(err, os.ErrClosed) {
				t.Errorf("second Close: %v", err)
			}
			if _, err := r.Read(make([]byte, 1)); !errors.Is(err, os.ErrClosed) && err != io.EOF {
				t.Errorf("Read after Close: %v", err)
			}
		}
		m.Rest() // closes the directory
	})
}
