package proxy_test

import (
	"bytes"
	"io"
	"net"
	"runtime"
	"testing"
)

// Messages are not buffered: one of 200 MB needs no more memory than a short one, and a
// slow client slows the backend down.
func TestLargeMessage(t *testing.T) {
	const pieces, size = 3200, 64 << 10
	addr := acceptOne(t, func(conn net.Conn) {
		b := &backend{}
		b.large = func() {
			piece := append(bytes.Repeat([]byte("x"), size-2), "\r\n"...)
			for range pieces {
				if _, err := conn.Write(piece); err != nil {
					return
				}
			}
		}
		b.serve(conn, "")
	})
	m, err := open(t, newProxy(t, nil, addr))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	r, err := m.Open(t.Context(), 2)
	if err != nil {
		t.Fatal(err)
	}
	octets, err := io.Copy(io.Discard, onlyReader{r})
	runtime.ReadMemStats(&after)
	if err != nil || octets != pieces*size {
		t.Errorf("%d octets, %v, want %d", octets, err, pieces*size)
	}
	if used := after.TotalAlloc - before.TotalAlloc; used > 4<<20 {
		t.Errorf("%d octets of memory were allocated", used)
	}
	if err := r.Close(); err != nil {
		t.Error(err)
	}
	if got := readAll(t, m, 1); got != "Subject\r\n" {
		t.Errorf("the message after it: %q", got)
	}
}

// onlyReader hides all other methods.
type onlyReader struct{ io.Reader }
