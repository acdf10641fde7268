package confine_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/pkg/confine"
)

func TestNetwork(t *testing.T) {
	t.Run("no network", func(t *testing.T) { runChild(t, "no network", tree(t), nil) })
	t.Run("ports", func(t *testing.T) { runChild(t, "ports", tree(t), nil) })
	t.Run("all ports", func(t *testing.T) { runChild(t, "all ports", tree(t), nil) })
}

// childNoNetwork serves the listener it has and can make no other.
func childNoNetwork() error {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return err
	}
	client, err := net.Dial("tcp", listener.Addr().String())
	if err != nil {
		return err
	}
	if err := apply(confine.Policy{}); err != nil {
		return err
	}
	for _, family := range []int{unix.AF_INET, unix.AF_INET6, unix.AF_NETLINK, unix.AF_PACKET, unix.AF_VSOCK, unix.AF_ALG} {
		if _, err := unix.Socket(family, unix.SOCK_STREAM, 0); !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("socket of family %d: %v", family, err)
		}
	}
	if err := unixPair(); err != nil {
		return err
	}
	server, err := listener.Accept()
	if err != nil {
		return err
	}
	if _, err := server.Write([]byte("+OK")); err != nil {
		return err
	}
	_, err = io.ReadFull(client, make([]byte, 3))
	return err
}

// unixPair makes a socket of the kind that stays.
func unixPair() error {
	fd, err := unix.Socket(unix.AF_UNIX, unix.SOCK_DGRAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return err
	}
	return unix.Close(fd)
}

// twoListeners returns the ports of two listeners on the loopback interface.
func twoListeners() (ports [2]uint16, err error) {
	for i := range ports {
		listener, err := net.Listen("tcp", "127.0.0.1:0")
		if err != nil {
			return ports, err
		}
		ports[i] = uint16(listener.Addr().(*net.TCPAddr).Port)
	}
	return ports, nil
}

// childPorts connects to the port that is allowed and to no other.
func childPorts() error {
	ports, err := twoListeners()
	if err != nil {
		return err
	}
	if err := apply(confine.Policy{Connect: ports[:1]}); err != nil {
		return err
	}
	if err := dial(ports[0]); err != nil {
		return err
	}
	if _, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM, unix.IPPROTO_MPTCP); !errors.Is(err, unix.EPERM) {
		return fmt.Errorf("multipath TCP: %v", err)
	}
	if landlockABI() < 4 {
		return nil
	}
	if err := dial(ports[1]); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("the other port: %v", err)
	}
	var config net.ListenConfig
	config.SetMultipathTCP(false)
	if _, err := config.Listen(context.Background(), "tcp", "127.0.0.1:0"); !errors.Is(err, unix.EACCES) {
		return fmt.Errorf("listen: %v", err)
	}
	return nil
}

// childAllPorts connects to whatever it wants.
func childAllPorts() error {
	ports, err := twoListeners()
	if err != nil {
		return err
	}
	if err := apply(confine.Policy{AllTCP: true}); err != nil {
		return err
	}
	return errors.Join(dial(ports[0]), dial(ports[1]))
}

func dial(port uint16) error {
	conn, err := net.Dial("tcp", fmt.Sprintf("127.0.0.1:%d", port))
	if err != nil {
		return err
	}
	return conn.Close()
}

func TestOthers(t *testing.T) { runChild(t, "others", tree(t), nil) }

// childOthers tries to get at other processes and at the terminal.
func childOthers() error {
	if err := apply(confine.Policy{}); err != nil {
		return err
	}
	raw := func(call uintptr, args ...uintptr) func() error {
		args = append(args, 0, 0, 0, 0)
		return func() error {
			_, _, errno := unix.RawSyscall6(call, args[0], args[1], args[2], args[3], 0, 0)
			return errno
		}
	}
	attempts := map[string]func() error{
		"kill":      func() error { return unix.Kill(os.Getppid(), 0) },
		"kill all":  func() error { return unix.Kill(-1, 0) },
		"tgkill":    func() error { return unix.Tgkill(os.Getppid(), os.Getppid(), 0) },
		"tkill":     raw(unix.SYS_TKILL, uintptr(os.Getppid()), 0),
		"ptrace":    func() error { return unix.PtraceAttach(os.Getppid()) },
		"fork":      raw(unix.SYS_CLONE, uintptr(unix.SIGCHLD)),
		"namespace": raw(unix.SYS_CLONE, unix.CLONE_NEWUSER|unix.CLONE_THREAD|unix.CLONE_SIGHAND|unix.CLONE_VM),
		"unshare":   func() error { return unix.Unshare(unix.CLONE_NEWUSER) },
		"io_uring":  raw(unix.SYS_IO_URING_SETUP, 1),
		"bpf":       raw(unix.SYS_BPF),
		"keyctl":    raw(unix.SYS_KEYCTL),
		"typing":    raw(unix.SYS_IOCTL, ^uintptr(0), unix.TIOCSTI|1<<40),
		"mount":     func() error { return unix.Mount("none", inTree("mail"), "tmpfs", 0, "") },
	}
	for name, try := range attempts {
		if err := try(); !errors.Is(err, unix.EPERM) {
			return fmt.Errorf("%s: %v", name, err)
		}
	}
	if err := raw(unix.SYS_CLONE3)(); !errors.Is(err, unix.ENOSYS) {
		return fmt.Errorf("clone3: %v", err)
	}
	return unix.Kill(os.Getpid(), 0)
}
