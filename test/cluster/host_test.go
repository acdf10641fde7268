//go:build integration || cluster || nfs

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"runtime"
	"testing"

	"golang.org/x/sys/unix"

	"tpops/test/fixture"
)

// insideVariable is set in the process that has namespaces of its own.
const insideVariable = "TPOPS_TEST_CLUSTER"

// TestMain runs the tests in a network and with mounts of their own. All is gone with the
// last process.
func TestMain(m *testing.M) {
	if os.Getuid() != 0 {
		os.Exit(m.Run())
	}
	if os.Getenv(insideVariable) != "" {
		if err := exec.Command("ip", "link", "set", "lo", "up").Run(); err != nil {
			fmt.Fprintln(os.Stderr, "ip link set lo up:", err)
			os.Exit(1)
		}
		os.Exit(m.Run())
	}
	unshare, err := exec.LookPath("unshare")
	if err == nil {
		var self string
		self, err = os.Executable()
		arguments := append([]string{unshare, "--net", "--mount", "--uts", "--", self}, os.Args[1:]...)
		if err == nil {
			err = unix.Exec(unshare, arguments, append(os.Environ(), insideVariable+"=yes"))
		}
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// host is a machine with an address in the test's network.
type host struct {
	t       *testing.T
	name    string
	address string
	spaces  []space
	broken  bool // an error was recorded
}

// space is a namespace that a thread can enter.
type space struct {
	kind int
	file *os.File
}

// newNetwork makes the network of the clients, which have the addresses 192.0.2.100 and up.
func newNetwork(t *testing.T, clients int) {
	t.Helper()
	fixture.Command(t, "ip", "link", "add", "lan", "type", "bridge")
	fixture.Command(t, "ip", "link", "set", "lan", "up")
	for n := range clients {
		fixture.Command(t, "ip", "address", "add", clientAddress(n)+"/24", "dev", "lan")
	}
	t.Cleanup(func() { fixture.Command(t, "ip", "link", "delete", "lan") })
}

func clientAddress(n int) string { return fmt.Sprintf("192.0.2.%d", 100+n) }

// newHost makes a host and connects it.
func newHost(t *testing.T, name, address string) *host {
	t.Helper()
	h := &host{t: t, name: name, address: address}
	onThread(func() {
		h.try("new namespaces", unix.Unshare(unix.CLONE_NEWNET|unix.CLONE_NEWNS|unix.CLONE_NEWUTS|unix.CLONE_FS))
		h.try("host name", unix.Sethostname([]byte(name)))
		h.try("its own /run", unix.Mount("tmpfs", "/run", "tmpfs", 0, "mode=0755"))
		for _, link := range [][]string{
			{"link", "set", "lo", "up"},
			{"link", "add", "eth0", "type", "veth", "peer", "name", name, "netns", fmt.Sprint(os.Getpid())},
			{"address", "add", address + "/24", "dev", "eth0"},
			{"link", "set", "eth0", "up"},
		} {
			h.run("ip", link...)
		}
		for file, kind := range map[string]int{"net": unix.CLONE_NEWNET, "mnt": unix.CLONE_NEWNS, "uts": unix.CLONE_NEWUTS} {
			opened, err := os.Open("/proc/thread-self/ns/" + file)
			h.try("namespace", err)
			h.spaces = append(h.spaces, space{kind, opened})
		}
	})
	if h.broken {
		t.FailNow()
	}
	t.Cleanup(func() {
		for _, s := range h.spaces {
			s.file.Close()
		}
	})
	h.connect()
	return h
}

// connect plugs the host into the network; disconnect unplugs it.
func (h *host) connect()    { fixture.Command(h.t, "ip", "link", "set", h.name, "master", "lan", "up") }
func (h *host) disconnect() { fixture.Command(h.t, "ip", "link", "set", h.name, "down") }

// try records an error. It may be called on any thread.
func (h *host) try(what string, err error) {
	if err != nil {
		h.broken = true
		h.t.Errorf("host %s: %s: %v", h.name, what, err)
	}
}

// run runs a program on the thread that calls it.
func (h *host) run(name string, arguments ...string) {
	out, err := exec.Command(name, arguments...).CombinedOutput()
	if err != nil {
		err = fmt.Errorf("%w: %s", err, out)
	}
	h.try(fmt.Sprint(name, arguments), err)
}

// enter moves the thread into the host for good.
func (h *host) enter() {
	h.try("leave the shared directories", unix.Unshare(unix.CLONE_FS))
	for _, s := range h.spaces {
		h.try("enter", unix.Setns(int(s.file.Fd()), s.kind))
	}
}

// do runs f in the host: processes that it starts belong to it.
func (h *host) do(f func()) {
	h.t.Helper()
	onThread(func() {
		h.enter()
		f()
	})
	if h.broken {
		h.t.FailNow()
	}
}

// onThread runs f on a thread of its own, which ends then. It is never the first thread,
// whose namespaces are those of the process.
func onThread(f func()) {
	done := make(chan struct{})
	go func() {
		defer close(done)
		runtime.LockOSThread()
		if unix.Gettid() == unix.Getpid() {
			onThread(f)
			runtime.UnlockOSThread()
			return
		}
		f()
	}()
	<-done
}
