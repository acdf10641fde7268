package sd

import (
	"os"
	"strings"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

func TestStore(t *testing.T) {
	n, m := notifier(t)
	state := sealedFile(t, "state", memfd.Sealed)
	conn, _ := connect(t, tcp(t))
	if err := n.Store("sessions", state, conn.(syscall.Conn)); err != nil {
		t.Fatal(err)
	}
	got, _ := m.next()
	if got.text != "FDSTORE=1\nFDPOLL=0\nFDNAME=sessions\n" || len(got.files) != 2 {
		t.Fatalf("%q with %d files", got.text, len(got.files))
	}
	text := make([]byte, 9)
	if read, _ := got.files[0].ReadAt(text, 0); string(text[:read]) != "state" {
		t.Errorf("first file has %q", text[:read])
	}
	if kind, _, err := inspect(int(got.files[1].Fd())); kind != Connected {
		t.Error(kind, err)
	}
	if err := n.Remove("sessions"); err != nil {
		t.Fatal(err)
	}
	m.want("FDSTOREREMOVE=1\nFDNAME=sessions\n")
}

func TestStoreRefuses(t *testing.T) {
	n, m := notifier(t)
	file := sealedFile(t, "", 0)
	closed, _ := pair(t, unix.SOCK_STREAM)
	closed.Close()
	tests := []struct {
		name, as string
		files    []syscall.Conn
		want     string
	}{
		{"no name", "", repeat(file, 1), "invalid name of stored descriptors"},
		{"colon", "a:b", repeat(file, 1), "invalid name of stored descriptors"},
		{"newline", "a\nREADY=1", repeat(file, 1), "invalid name of stored descriptors"},
		{"not ASCII", "日本", repeat(file, 1), "invalid name of stored descriptors"},
		{"long", strings.Repeat("x", 256), repeat(file, 1), "invalid name of stored descriptors"},
		{"nothing", "a", nil, "0 descriptors"},
		{"too many", "a", repeat(file, 254), "254 descriptors"},
		{"closed", "a", []syscall.Conn{file, closed}, "descriptor 2 of 2: "},
		{"nil", "a", []syscall.Conn{(*os.File)(nil)}, "invalid argument"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			wantError(t, n.Store(tt.as, tt.files...), tt.want)
			if strings.Contains(tt.want, "name") {
				wantError(t, n.Remove(tt.as), tt.want)
			}
			m.want()
		})
	}
}

func TestStoreMost(t *testing.T) {
	n, m := notifier(t)
	if err := n.Store(strings.Repeat("x", 255), repeat(sealedFile(t, "", 0), 253)...); err != nil {
		t.Fatal(err)
	}
	if got, _ := m.next(); len(got.files) != 253 {
		t.Errorf("%d files", len(got.files))
	}
}
