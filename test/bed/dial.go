package bed

import (
	"fmt"
	"net"
	"net/netip"
	"runtime"

	"golang.org/x/sys/unix"
)

// Dial connects to a TCP address in the machine, as 127.0.0.1:110 or
// [::1]:110; names are not looked up. The caller closes the connection. It is
// the only method besides Host that works without starting a program, so that
// a test can make thousands of connections.
func (m *Machine) Dial(address string) (net.Conn, error) {
	if _, err := netip.ParseAddrPort(address); err != nil {
		return nil, err
	}
	type result struct {
		conn net.Conn
		err  error
	}
	done := make(chan result, 1)
	go func() {
		// Never unlocked: the thread ends with the goroutine, and no other
		// goroutine gets to be in the machine's network.
		runtime.LockOSThread()
		if err := unix.Setns(int(m.network.Fd()), unix.CLONE_NEWNET); err != nil {
			done <- result{nil, fmt.Errorf("enter the machine's network: %w", err)}
			return
		}
		// With one address Dial makes the socket in the calling goroutine.
		conn, err := net.DialTimeout("tcp", address, patience)
		done <- result{conn, err}
	}()
	r := <-done
	return r.conn, r.err
}
