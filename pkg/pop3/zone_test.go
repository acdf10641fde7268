package pop3

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// The zone of an address is the name of its interface.
func TestZone(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET6, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(fd)
	all, err := net.Interfaces()
	if err != nil || len(all) == 0 {
		t.Fatalf("%d interfaces, %v", len(all), err)
	}
	for _, i := range all {
		if got := zone(fd, uint32(i.Index)); got != i.Name {
			t.Errorf("%d, %s: %q", i.Index, i.Name, got)
		}
	}
	if none, unknown := zone(fd, 0), zone(fd, 1<<30); none != "" || unknown != "" {
		t.Errorf("%q, %q", none, unknown)
	}
}
