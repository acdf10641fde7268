package process

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// inSet reports whether the set has the file, and whether the kernel wakes only one
// process for it.
func inSet(t *testing.T, s *acceptSet, file *os.File) (found, exclusive bool) {
	t.Helper()
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd(s.file)))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		var tfd int
		var events uint32
		if n, _ := fmt.Sscanf(line, "tfd: %d events: %x", &tfd, &events); n == 2 && tfd == fd(file) {
			return true, events&unix.EPOLLEXCLUSIVE != 0
		}
	}
	return false, false
}

// A client wakes one of the processes that wait for it. An order is for each of them.
func TestAcceptSetExclusive(t *testing.T) {
	_, file := listen(t)
	p, parent := child(t, file)
	if found, exclusive := inSet(t, p.set, file); !found || !exclusive {
		t.Errorf("the listener: found %v, exclusive %v", found, exclusive)
	}
	for _, other := range []*os.File{p.control, p.woken} {
		if found, exclusive := inSet(t, p.set, other); !found || exclusive {
			t.Errorf("%s: found %v, exclusive %v", other.Name(), found, exclusive)
		}
	}
	parent.control.Close()
	if input := p.Next(true, patience); !input.Orphaned {
		t.Errorf("%+v", input)
	}
	if found, _ := inSet(t, p.set, p.control); found {
		t.Error("the end of the parent is reported again")
	}
}

// A listener that other processes have too leaves the set when it is closed here.
func TestAcceptSetStop(t *testing.T) {
	_, file := listen(t)
	copied, err := unix.FcntlInt(uintptr(fd(file)), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer unix.Close(copied)
	p, _ := child(t, file)
	p.StopAccepting()
	text, err := os.ReadFile(fmt.Sprintf("/proc/self/fdinfo/%d", fd(p.set.file)))
	if err != nil || strings.Count(string(text), "tfd:") != firstListener {
		t.Errorf("%v:\n%s", err, text)
	}
}

// A client for which the kernel has woken another process, which ends before it accepts,
// is found.
func TestAcceptSetLooksAgain(t *testing.T) {
	l, file := listen(t)
	first, _ := child(t, file)
	second, _ := child(t, file)
	woken := make(chan error, 1)
	go func() {
		n, err := first.set.wait(first.pollFDs(true), int(patience/time.Millisecond))
		if n != 1 && err == nil {
			err = fmt.Errorf("%d files", n)
		}
		woken <- err
	}()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	if err := <-woken; err != nil {
		t.Fatal(err)
	}
	fds := second.pollFDs(true)
	if n, err := second.set.wait(fds, 1); n != 1 || fds[firstListener].Revents == 0 {
		t.Errorf("%d files, %v", n, err)
	}
	if input := second.Next(true, patience); input.Conn == nil {
		t.Errorf("%+v", input)
	} else {
		input.Conn.Close()
	}
}

// The Go runtime waits for no listener: a client would wake each process that has it.
func TestUnpolled(t *testing.T) {
	_, file := listen(t)
	copied, err := unix.FcntlInt(uintptr(fd(file)), unix.F_DUPFD_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	known := os.NewFile(uintptr(copied), "known") // as files are that a child inherits
	if err := known.SetDeadline(time.Now()); err != nil {
		t.Fatalf("this test finds nothing: %v", err)
	}
	unpolled, err := Unpolled(known)
	if err != nil {
		t.Fatal(err)
	}
	defer unpolled.Close()
	if unpolled.SetDeadline(time.Now()) == nil {
		t.Error("the runtime waits for the listener")
	}
	p, _ := child(t)
	for _, end := range []*os.File{p.woken, p.wake} {
		if end.SetDeadline(time.Now()) == nil {
			t.Errorf("the runtime waits for %s", end.Name())
		}
	}
	if flags, err := unix.FcntlInt(uintptr(fd(unpolled)), unix.F_GETFD, 0); err != nil || flags != unix.FD_CLOEXEC || fd(unpolled) < firstFD {
		t.Errorf("descriptor %d, flags %d, %v", fd(unpolled), flags, err)
	}
}
