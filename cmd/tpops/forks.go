package main

import (
	"log/slog"
	"os"
	"time"

	"tpops/pkg/children"
	"tpops/pkg/pop3"
)

// forks is parallel-type fork: each connection has a child of its own. One
// connection after the other is accepted, and only while there is a place for
// it: other clients wait in the queue of the socket.
type forks struct {
	*processes
	post     *children.Post
	wanted   chan struct{} // has an element when a connection may be accepted
	awaiting bool          // and has been given one that is not answered yet
}

func newForks(p *program) *forks {
	f := &forks{processes: newProcesses(p), wanted: make(chan struct{}, 1)}
	f.fill, f.stopListener = f.acceptNext, f.stopAccepting
	return f
}

func (f *forks) open(listeners []listener) (int, error) {
	if code, err := f.processes.open(listeners); err != nil {
		return code, err
	}
	var err error
	f.post, err = children.NewPost(nil, f.files...)
	return exitSystem, err
}

func (f *forks) begin() {
	go func() {
		for range f.wanted {
			news := f.post.Next(true, -1)
			f.tasks <- func() { f.admit(news) }
		}
	}()
	f.processes.begin()
}

// acceptNext has a connection accepted, if there is a place for it.
func (f *forks) acceptNext() {
	full := f.family.Census().All() >= f.program.config.Processes.MaxServers
	if f.awaiting || full || f.backoff.Left(time.Now()) > 0 {
		return
	}
	f.awaiting = true
	f.wanted <- struct{}{}
}

// stopAccepting closes the listeners, but not while somebody waits for them.
func (f *forks) stopAccepting() {
	if f.awaiting {
		f.post.Wake()
		return
	}
	f.post.StopAccepting()
}

// admit starts a child for what was accepted.
func (f *forks) admit(news children.News) {
	f.awaiting = false
	f.noteAll() // Else those that have ended count with a crowd that comes.
	if news.Err != nil {
		wait, _ := f.backoff.Failed(time.Now())
		f.program.logger.Error("accept failed", slog.Any("error", news.Err), slog.Duration("wait", wait))
	}
	if news.Conn != nil {
		f.serve(news.Conn, f.ports[news.From])
	}
	if f.ending != 0 {
		f.post.StopAccepting()
		return
	}
	f.acceptNext()
}

// serve starts a child for a connection, or tells the client that there can be
// none.
func (f *forks) serve(conn *os.File, port pop3.Port) {
	defer conn.Close() // The child has its own.
	if f.start(roleFork, []*os.File{conn}, []pop3.Port{port}) || port.TLS {
		return
	}
	_ = pop3.Reject(conn, pop3.ErrTemporary) // The buffer of a new connection has room for it.
}
