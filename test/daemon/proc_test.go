//go:build integration

package daemon_test

import (
	"errors"
	"net"
	"os"
	"os/exec"
	"runtime"
	"syscall"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestFreePort has clients take all ports that the kernel gives to clients, which are few
// here: a server still gets the port that it was promised.
func TestFreePort(t *testing.T) {
	fixture.NeedRoot(t) // makes a network
	done := make(chan error)
	go func() {
		runtime.LockOSThread() // The thread ends with the goroutine, and the network with it.
		done <- useUpPorts()
	}()
	if err := <-done; err != nil {
		t.Error(err)
	}
}

// useUpPorts moves its thread to a network of its own, asks for a port, and listens at it
// after clients have got all that the kernel gives them.
func useUpPorts() error {
	if err := unix.Unshare(unix.CLONE_NEWNET); err != nil {
		return err
	}
	if err := exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
		return err
	}
	if err := os.WriteFile("/proc/sys/net/ipv4/ip_local_port_range", []byte("40000 40007"), 0o644); err != nil {
		return err
	}
	promised, err := daemon.FreePort()
	if err != nil {
		return err
	}
	server, err := net.Listen("tcp", "127.0.0.1:1")
	if err != nil {
		return err
	}
	defer server.Close()
	for err == nil {
		var client net.Conn
		if client, err = net.Dial("tcp", server.Addr().String()); err == nil {
			defer client.Close()
		}
	}
	if !errors.Is(err, syscall.EADDRNOTAVAIL) {
		return err
	}
	listener, err := net.Listen("tcp", promised)
	if err != nil {
		return err
	}
	return listener.Close()
}
