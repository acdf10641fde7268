package memfd

import (
	"testing"

	"golang.org/x/sys/unix"
)

// A sealed file takes nothing more and cannot be unsealed, and what is executed
// does not get it.
func TestSeal(t *testing.T) {
	file, err := New("memfd-test")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("state"); err != nil {
		t.Fatal(err)
	}
	if flags, err := unix.FcntlInt(file.Fd(), unix.F_GETFD, 0); err != nil || flags&unix.FD_CLOEXEC == 0 {
		t.Errorf("descriptor flags %#x, %v", flags, err)
	}
	if err := Seal(file); err != nil {
		t.Fatal(err)
	}
	if _, err := file.WriteString("more"); err == nil {
		t.Error("a sealed file was written to")
	}
	if err := file.Truncate(0); err == nil {
		t.Error("a sealed file was emptied")
	}
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&Sealed != Sealed {
		t.Errorf("seals %#x, %v", seals, err)
	}
	if err := Seal(file); err == nil {
		t.Error("seals could be added")
	}
}

// journald before systemd 253 compares the seals with exactly these.
func TestNewPlainSeals(t *testing.T) {
	file, err := NewPlain("memfd-test")
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if err := Seal(file); err != nil {
		t.Fatal(err)
	}
	if seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0); err != nil || seals != Sealed {
		t.Errorf("seals %#x, %v", seals, err)
	}
}
