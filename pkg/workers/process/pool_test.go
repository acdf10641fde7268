package process

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// patience is enough for anything on a busy machine.
const patience = time.Minute

// TestMain makes the test program a child when a test starts it. Its payload selects
// what it does.
func TestMain(m *testing.M) {
	if !IsChild() {
		os.Exit(m.Run())
	}
	if err := beChild(); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(3)
	}
}

// beChild replies to each connection with its payload, until it gets an order.
func beChild() error {
	i, err := Inherit()
	if err != nil {
		return err
	}
	poller, err := NewPoller(i.Control, i.Files...)
	if err != nil {
		return err
	}
	if string(i.Payload) == "fail" {
		poller.Report(Failed, strings.Repeat("x", 2*MaxText))
		return errors.New("failed")
	}
	switch string(i.Payload) {
	case "hang":
		poller.Next(false, -1) // It gets killed or an order.
	case "deadline":
		return stopSelf()
	}
	if IsChild() || os.Getenv("HIDDEN") != "" {
		return errors.New("the environment is wrong")
	}
	poller.Report(Ready, "")
	for {
		input := poller.Next(true, patience)
		if input.Conn == nil {
			return nil
		}
		poller.Report(Busy, "")
		conn, err := Conn(input.Conn)
		if err != nil {
			return err
		}
		fmt.Fprintf(conn, "%s %d", i.Payload, input.From)
		_ = conn.Close()
		poller.Report(Idle, "")
	}
}

// family is a Pool of a test.
type family struct {
	*Pool
	t *testing.T
}

// start starts a child with a payload and listeners.
func (f family) start(payload string, files ...*os.File) *Child {
	f.t.Helper()
	memory, err := Seal([]byte(payload))
	if err != nil {
		f.t.Fatal(err)
	}
	defer memory.Close()
	c, err := f.Start(&Spec{Title: "test: child", Payload: memory, Files: files, Log: os.Stderr, Unset: []string{"HIDDEN"}})
	if err != nil {
		f.t.Fatal(err)
	}
	f.t.Cleanup(c.Kill)
	return c
}

// next records the next event, which must be this report, or an end for 0.
func (f family) next(want Report) (Event, bool) {
	f.t.Helper()
	select {
	case e := <-f.Events():
		failed := f.Record(e, time.Now())
		if e.Report != want {
			f.t.Fatalf("report %q, want %q: %v %s", e.Report, want, e.Exit, e.Text)
		}
		return e, failed
	case <-time.After(patience):
		f.t.Fatalf("no report, want %q", want)
		return Event{}, false
	}
}

func (f family) wantCounts(want Counts) {
	f.t.Helper()
	if got := f.Counts(); got != want {
		f.t.Errorf("counts %+v, want %+v", got, want)
	}
}

// listen returns a listener, and its descriptor for children.
func listen(t *testing.T) (net.Listener, *os.File) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	file, err := Duplicate(l.(*net.TCPListener))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close(); file.Close() })
	return l, file
}

// fetch connects and returns what the child sends.
func fetch(t *testing.T, l net.Listener) string {
	t.Helper()
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(time.Now().Add(patience))
	text, err := io.ReadAll(conn)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Counts follow the reports of a child from its start to its end.
func TestPool(t *testing.T) {
	t.Setenv("HIDDEN", "x")
	one, oneFile := listen(t)
	two, twoFile := listen(t)
	f := family{NewPool(), t}
	c := f.start("hello", oneFile, twoFile)
	f.wantCounts(Counts{Starting: 1})
	f.next(Ready)
	f.wantCounts(Counts{Idle: 1})
	for i, l := range []net.Listener{one, two, one} {
		if got, want := fetch(t, l), fmt.Sprintf("hello %d", i%2); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
		f.next(Busy)
		f.wantCounts(Counts{Busy: 1, Sessions: 1})
		f.next(Idle)
		f.wantCounts(Counts{Idle: 1})
	}
	if title, err := os.ReadFile(fmt.Sprintf("/proc/%d/cmdline", c.PID())); err != nil || string(title) != "test: child\x00" {
		t.Errorf("ps(1) shows %q, %v", title, err)
	}
	// The listener is still non-blocking after a child has inherited it.
	if flags, err := unix.FcntlInt(uintptr(fd(oneFile)), unix.F_GETFL, 0); err != nil || flags&unix.O_NONBLOCK == 0 {
		t.Errorf("flags %#x, %v", flags, err)
	}
	f.Order(Shutdown, 0)
	f.wantCounts(Counts{Leaving: 1})
	if e, failed := f.next(0); failed || !e.Exit.Success() {
		t.Errorf("ended with %v, failed %v", e.Exit, failed)
	}
	f.wantCounts(Counts{})
}

// Two children share a listener. One of them replies to each connection.
func TestPoolShares(t *testing.T) {
	l, file := listen(t)
	f := family{NewPool(), t}
	f.start("a", file)
	f.start("a", file)
	go func() {
		for range f.Events() {
		}
	}()
	for range 20 {
		if got := fetch(t, l); got != "a 0" {
			t.Errorf("got %q", got)
		}
	}
}

func TestPoolFailures(t *testing.T) {
	t.Run("killed", func(t *testing.T) {
		f := family{NewPool(), t}
		c := f.start("x")
		f.next(Ready)
		c.Kill()
		if e, failed := f.next(0); !failed || e.Exit.String() != "signal: killed" {
			t.Errorf("%v, failed %v", e.Exit, failed)
		}
	})
	t.Run("cannot serve", func(t *testing.T) {
		f := family{NewPool(), t}
		f.start("fail")
		if e, failed := f.next(Failed); !failed || len(e.Text) != MaxText {
			t.Errorf("failed %v, a text of %d bytes", failed, len(e.Text))
		}
		if e, failed := f.next(0); failed || e.Exit.ExitCode() != 3 || len(e.Text) != MaxText {
			t.Errorf("%v, failed %v", e.Exit, failed)
		}
	})
	t.Run("after a connection", func(t *testing.T) {
		l, file := listen(t)
		f := family{NewPool(), t}
		c := f.start("x", file)
		f.next(Ready)
		fetch(t, l)
		f.next(Busy)
		f.next(Idle)
		c.Kill()
		if _, failed := f.next(0); failed {
			t.Error("a child that has served counts as failed")
		}
	})
}

// A process that no parent has started is no child, whatever its environment contains.
func TestInheritNothing(t *testing.T) {
	for _, value := range []string{"x", "-1", "1000000", "3"} {
		t.Setenv(variable, value)
		if i, err := Inherit(); err == nil {
			t.Errorf("%s: %+v", value, i)
		}
		if IsChild() {
			t.Errorf("%s: still a child", value)
		}
	}
}
