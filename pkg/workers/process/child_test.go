package process

import (
	"errors"
	"net"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

// A wait of more than 24 days, which poll(2) cannot express, does not end early.
func TestNextLongWait(t *testing.T) {
	for _, wait := range []time.Duration{25 * 24 * time.Hour, (1<<32 + 1) * time.Millisecond, 365 * 24 * time.Hour} {
		p, _ := child(t)
		inputs := make(chan Input, 1)
		go func() { inputs <- p.Next(false, wait) }()
		select {
		case input := <-inputs:
			t.Errorf("%v: %+v", wait, input)
		case <-time.After(50 * time.Millisecond):
			p.Wake()
			if input := <-inputs; !input.Woken {
				t.Errorf("%v: %+v", wait, input)
			}
		}
	}
}

// A wait of 0 returns at once, and a short one when its time is over.
func TestNextTimeout(t *testing.T) {
	p, _ := child(t)
	for _, wait := range []time.Duration{0, time.Nanosecond, 20 * time.Millisecond} {
		begun := time.Now()
		if input := p.Next(true, wait); input != (Input{}) {
			t.Errorf("%+v", input)
		}
		if took := time.Since(begun); took < wait {
			t.Errorf("%v, want at least %v", took, wait)
		}
	}
}

// Wake never blocks, even if no goroutine waits, and many calls are one input.
func TestWakeOften(t *testing.T) {
	p, _ := child(t)
	for range 1 << 17 { // more than the pipe can hold
		p.Wake()
	}
	woken := 0
	for p.Next(false, 0).Woken {
		woken++
	}
	if woken == 0 {
		t.Error("not woken")
	}
}

// An invalid message of the parent counts as its end.
func TestPollerInvalidOrder(t *testing.T) {
	for _, message := range []string{"", "x", "nonsense that is too long"} {
		p, parent := child(t)
		if _, err := parent.control.Write([]byte(message)); err != nil {
			t.Fatal(err)
		}
		if input := p.Next(false, patience); !input.Orphaned || input.Order != 0 {
			t.Errorf("%q: %+v", message, input)
		}
	}
}

// A process without a parent waits for connections, and its reports have no effect.
func TestPollerWithoutParent(t *testing.T) {
	l, file := listen(t)
	p, err := NewPoller(nil, file)
	if err != nil {
		t.Fatal(err)
	}
	p.Report(Ready, "")
	if input := p.Next(true, 0); input != (Input{}) {
		t.Errorf("%+v", input)
	}
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	input := p.Next(true, patience)
	if input.Conn == nil {
		t.Fatalf("%+v", input)
	}
	input.Conn.Close()
}

// A client that another process accepts, or that disconnects, is no input.
func TestPollerClientGone(t *testing.T) {
	l, file := listen(t)
	p, _ := child(t, file)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fds := p.pollFDs(true)
	if n, err := unix.Poll(fds, int(patience/time.Millisecond)); n != 1 {
		t.Fatalf("%d, %v", n, err)
	}
	other, err := l.Accept() // as another process does
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	if input, ok := p.read(fds); ok {
		t.Errorf("%+v", input)
	}
}

// Exhausted descriptors are an error for the caller, who waits before the next accept.
func TestPollerAcceptError(t *testing.T) {
	if hasNoConnection(nil) {
		t.Error("nil means that there is no connection")
	}
	for _, errno := range []error{unix.EMFILE, unix.ENFILE, unix.ENOBUFS, unix.ENOMEM, unix.EBADF} {
		if hasNoConnection(errno) {
			t.Errorf("%v means that there is no connection", errno)
		}
	}
	for _, errno := range []error{unix.EAGAIN, unix.ECONNABORTED, unix.EPROTO} {
		if !hasNoConnection(errors.Join(errors.New("accept"), errno)) {
			t.Errorf("%v is an error", errno)
		}
	}
}

// A listener that is closed cannot be polled.
func TestNewPollerClosedListener(t *testing.T) {
	_, file := listen(t)
	file.Close()
	if _, err := NewPoller(nil, file); !errors.Is(err, unix.EBADF) {
		t.Errorf("%v", err)
	}
}

// A connection whose client has disconnected is ENOTCONN, and the file is closed.
func TestConnGone(t *testing.T) {
	fd, err := unix.Socket(unix.AF_INET, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		t.Fatal(err)
	}
	file := os.NewFile(uintptr(fd), "connection")
	if conn, err := Conn(file); !errors.Is(err, unix.ENOTCONN) {
		t.Errorf("%v, %v", conn, err)
	}
	if _, err := file.Stat(); err == nil {
		t.Error("the file is still open")
	}
	plain, err := os.Open(os.DevNull)
	if err != nil {
		t.Fatal(err)
	}
	if conn, err := Conn(plain); err == nil {
		t.Errorf("a file that is no socket: %v", conn)
	}
}

// A closed listener cannot be duplicated.
func TestDuplicateClosed(t *testing.T) {
	l, _ := listen(t)
	l.Close()
	if file, err := Duplicate(l.(*net.TCPListener)); err == nil {
		t.Errorf("%v", file)
	}
}

// A payload has a maximum size, and one that is empty is valid.
func TestSealSize(t *testing.T) {
	if _, err := Seal(make([]byte, maxPayload+1)); err == nil || !strings.Contains(err.Error(), "more than 16777216 bytes") {
		t.Errorf("%v", err)
	}
	file, err := Seal(nil)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if data, err := unseal(fd(file)); err != nil || len(data) != 0 {
		t.Errorf("%q, %v", data, err)
	}
	if _, err := unseal(-1); err == nil {
		t.Error("a closed descriptor was read")
	}
}

// A child that cannot be started leaves no member behind.
func TestStartFails(t *testing.T) {
	f := NewPool()
	if c, err := f.Start(&Spec{Title: "a title with\x00", Payload: os.Stdin}); err == nil || !strings.HasPrefix(err.Error(), "start child: ") {
		t.Errorf("%v, %v", c, err)
	}
	if f.Counts() != (Counts{}) {
		t.Errorf("%+v", f.Counts())
	}
}

// Reports of a child that are not expected change nothing but its own state.
func TestRecordUnexpected(t *testing.T) {
	now := time.Now()
	f := NewPool()
	c := &Child{}
	if f.Record(Event{Child: c, Report: Ready}, now) || f.Counts() != (Counts{}) {
		t.Error("an unknown child was counted")
	}
	f.members[c] = &member{started: now}
	for _, step := range []struct {
		report Report
		failed bool
		want   Counts
	}{
		{'?', false, Counts{Starting: 1}},
		{Failed, true, Counts{Starting: 1}},
		{Failed, false, Counts{Starting: 1}}, // counted once
		{Ready, false, Counts{Idle: 1}},
		{Busy, false, Counts{Busy: 1, Sessions: 1}},
		{Busy, false, Counts{Busy: 1, Sessions: 1}}, // the next session
		{Failed, false, Counts{Busy: 1, Sessions: 1}},
		{Idle, false, Counts{Idle: 1}},
	} {
		if failed := f.Record(Event{Child: c, Report: step.report}, now); failed != step.failed || f.Counts() != step.want {
			t.Errorf("%q: failed %v, %+v", step.report, failed, f.Counts())
		}
	}
}

// A child has failed if it ends early without a session and without an order.
func TestRecordEnd(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name   string
		member member
		text   string
		age    time.Duration
		want   bool
	}{
		{"at once", member{}, "", 0, true},
		{"after a minute", member{state: Idle}, "", lastWait, false},
		{"just before", member{state: Idle}, "", lastWait - 1, true},
		{"after a session", member{served: true}, "", 0, false},
		{"after an order", member{leaving: true}, "", 0, false},
		{"after its report", member{failed: true}, "reason", 0, false},
		{"after a report without a reason", member{failed: true}, "", 0, false},
	}
	for _, tt := range tests {
		f, c := NewPool(), &Child{}
		tt.member.started = now.Add(-tt.age)
		f.members[c] = &tt.member
		if got := f.Record(Event{Child: c, Text: tt.text, Exit: &os.ProcessState{}}, now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
		if len(f.members) != 0 {
			t.Errorf("%s: the child still counts", tt.name)
		}
	}
}

// Children that do not become ready, or do not obey an order, are killed. A session
// has a time limit of its own.
func TestHangs(t *testing.T) {
	now := time.Now()
	tests := []struct {
		name   string
		member member
		want   bool
	}{
		{"starting", member{started: now.Add(1 - startTime)}, false},
		{"starting for a minute", member{started: now.Add(-startTime)}, true},
		{"starting and ordered to end", member{started: now.Add(-startTime), leaving: true, ordered: now}, true},
		{"idle", member{state: Idle, started: now.Add(-time.Hour)}, false},
		{"ordered to end", member{state: Idle, leaving: true, ordered: now.Add(1 - endTime)}, false},
		{"ordered to end a minute ago", member{state: Idle, leaving: true, ordered: now.Add(-endTime)}, true},
		{"with a session", member{state: Busy, leaving: true, ordered: now.Add(-time.Hour)}, false},
	}
	for _, tt := range tests {
		if got := tt.member.hangs(now); got != tt.want {
			t.Errorf("%s: %v, want %v", tt.name, got, tt.want)
		}
	}
}

// The time to obey begins with the first order.
func TestOrderTwice(t *testing.T) {
	f := family{NewPool(), t}
	c := f.start("hang")
	f.Order(Renew, 0)
	first := f.members[c].ordered
	f.Order(Shutdown, 0)
	if m := f.members[c]; !m.leaving || m.ordered != first {
		t.Errorf("%+v, first %v", m, first)
	}
	f.Kill()
	f.wantKilled(c)
	c.Order(Close, 0) // A child that has ended gets no order.
}

// A child that floods its parent with reports waits for it.
func TestReportFlood(t *testing.T) {
	p, parent := child(t)
	filled := 0
	for send(fd(p.control), []byte{byte(Busy)}) == nil {
		filled++
	}
	if filled == 0 {
		t.Fatal("no report was sent")
	}
	reported := make(chan struct{})
	go func() {
		p.Report(Idle, "")
		close(reported)
	}()
	select {
	case <-reported:
		t.Error("the report has not waited")
	case <-time.After(10 * time.Millisecond):
	}
	buffer := make([]byte, 10)
	for i := 0; ; i++ {
		if _, err := parent.control.Read(buffer); err != nil {
			t.Fatal(err)
		}
		if Report(buffer[0]) == Idle {
			if i < filled {
				t.Errorf("%d of %d earlier reports", i, filled)
			}
			break
		}
	}
	<-reported
}

// Names of variables are compared completely, and the child's own comes last.
func TestEnvironment(t *testing.T) {
	t.Setenv("HIDDEN", "x")
	t.Setenv("HIDDEN2", "x")
	t.Setenv(variable, "7")
	env := (&Spec{Files: make([]*os.File, 3), Unset: []string{"HIDDEN"}, Set: []string{"NEW=y", "HIDDEN2=y"}}).environment()
	joined := strings.Join(env, "\n") + "\n"
	if strings.Contains(joined, "HIDDEN=x\n") || !strings.Contains(joined, "HIDDEN2=x\n") ||
		!strings.Contains(joined, "NEW=y\n") || strings.Contains(joined, "HIDDEN2=y") {
		t.Errorf("%q", env)
	}
	if env[len(env)-1] != variable+"=3" || strings.Count(joined, variable+"=") != 1 {
		t.Errorf("%q", env)
	}
}

// A deadline that is set to 0 does not kill the process.
func TestDeadlineCancel(t *testing.T) {
	d, err := NewDeadline()
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := d.Set(time.Hour); err != nil {
			t.Error(err)
		}
		if err := d.Set(0); err != nil {
			t.Error(err)
		}
	}
	if err := (&Deadline{timer: 1 << 30}).Set(time.Hour); !errors.Is(err, syscall.EINVAL) {
		t.Errorf("a timer that does not exist: %v", err)
	}
}

// Left counts down to 0 and not below it.
func TestBackoffLeft(t *testing.T) {
	var b Backoff
	now := time.Now()
	if b.Left(now) != 0 {
		t.Error("a wait without a failure")
	}
	b.Failed(now)
	b.Failed(now)
	if got := b.Left(now.Add(firstWait / 4)); got != firstWait*3/4 {
		t.Errorf("%v", got)
	}
	if got := b.Left(now.Add(time.Hour)); got != 0 {
		t.Errorf("%v", got)
	}
}
