package workers

import (
	"log/slog"
	"os"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
)

// fork is parallel-type fork. It accepts a connection only if it can start a child for
// it. Other clients wait in the queue of the socket.
type fork struct {
	*parent
	poller  *process.Poller
	wanted  chan struct{} // has an element when a connection is to be accepted
	waiting bool          // the result of an accept is pending
}

// NewFork returns parallel-type fork: each connection has a child of its own.
func NewFork(p Parent) Model {
	f := &fork{parent: newParent(p), wanted: make(chan struct{}, 1)}
	f.fill, f.stopFiles = f.acceptNext, f.stopAccepting
	f.accepting = func() bool { return f.waiting }
	f.interrupt = func() { f.poller.Wake() }
	f.admit = f.admitConn
	return f
}

// Open implements Model.
func (f *fork) Open(listeners []Listener) error {
	if err := f.parent.Open(listeners); err != nil {
		return err
	}
	var err error
	f.poller, err = process.NewPoller(nil, f.files...)
	return err
}

// Serve implements Model.
func (f *fork) Serve() error {
	accepted := make(chan process.Input, 1)
	f.accepted = accepted
	defer close(f.wanted)
	go func() {
		for range f.wanted {
			accepted <- f.poller.Next(true, -1)
		}
	}()
	return f.parent.Serve()
}

// acceptNext accepts a connection in the background, if a child can be started for it.
func (f *fork) acceptNext() {
	full := f.pool.Counts().All() >= f.Config.Processes.MaxServers
	if f.waiting || full || f.backoff.Left(time.Now()) > 0 {
		return
	}
	f.waiting = true
	f.wanted <- struct{}{}
}

// stopAccepting closes the listeners. If an accept waits, it makes that return first;
// admitConn closes the listeners then.
func (f *fork) stopAccepting() {
	if f.waiting {
		f.poller.Wake()
		return
	}
	f.poller.StopAccepting()
}

// admitConn handles the result of an accept: it starts a child for a connection.
func (f *fork) admitConn(input process.Input) {
	f.recordAll()     // Otherwise children that have ended would still count.
	f.waiting = false // Only now: what was recorded must not lead to another accept, or to the end.
	if input.Err != nil {
		wait, _ := f.backoff.Failed(time.Now())
		f.Log.Error("accept failed", slog.Any("error", input.Err), slog.Duration("wait", wait))
	}
	if input.Conn != nil {
		f.idleSince = time.Time{}
		f.serve(input.Conn, f.ports[input.From])
	}
	if f.ending == 0 {
		f.fillOrEnd(time.Now())
		return
	}
	f.poller.StopAccepting()
	f.stopIfDone()
}

// serve starts a child for a connection. If that fails, the client gets a temporary
// error.
func (f *fork) serve(conn *os.File, port pop3.Port) {
	if f.start(roleFork, []*os.File{conn}, []pop3.Port{port}) {
		conn.Close() // The child has its own.
		return
	}
	refuseOne(conn, port)
}
