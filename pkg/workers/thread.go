package workers

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"tpops/pkg/acceptor"
	"tpops/pkg/config"
	"tpops/pkg/handover"
	"tpops/pkg/pop3"
	"tpops/pkg/trace"
	"tpops/pkg/watchdog"
)

// Thread is the environment of thread.
type Thread struct {
	Environment
	// Open takes the ids of user and group, opens what sessions need, and confines
	// the process.
	Open func() (*pop3.Backend, error)
	// Reload opens what later sessions need. After an error nothing has changed.
	Reload func(*config.Config) (*pop3.Backend, error)
	// Answer answers a question of the operator. Any goroutine may call it.
	Answer func(ctx context.Context, question []byte) []byte
	// OpenMaildir opens the mailbox of the watchdog's self test.
	OpenMaildir pop3.Opener
	// Resume opens a mailbox that another process has handed over.
	Resume handover.ResumeMailbox
}

// thread is parallel-type thread.
type thread struct {
	Thread
	server    atomic.Pointer[pop3.Server] // another one after Environment.Leave
	dialogues trace.Hub
	listeners []*acceptor.Listener
	ports     []pop3.Port // of each
	memory    memory
	stopped   chan struct{}
	stop      func() // closes stopped
	mu        sync.Mutex
	leaving   sync.Mutex                  // held while the server is being replaced
	former    atomic.Pointer[pop3.Server] // whose sessions the server goes on with, nil before Environment.Leave
	stopping  int                         // calls of Stop whose work is not finished
	watch     context.Context             // done when the self test ends
	endWatch  context.CancelFunc
}

// NewThread returns parallel-type thread: this process serves all sessions.
func NewThread(t Thread) Model {
	m := &thread{Thread: t, stopped: make(chan struct{})}
	m.stop = sync.OnceFunc(func() { close(m.stopped) })
	m.watch, m.endWatch = context.WithCancel(context.Background())
	return m
}

func (t *thread) Open(listeners []Listener) error {
	most := t.Config.Processes.MaxServers
	if most < len(listeners) {
		// Each listener holds a place for the next connection.
		return configError(t.Config.Problem("max-servers", fmt.Errorf("%d is less than one for each of %d ports", most, len(listeners))))
	}
	for _, l := range listeners {
		socket, err := socketOf(l.Listener)
		if err != nil {
			return err
		}
		t.listeners, t.ports = append(t.listeners, acceptor.New(socket)), append(t.ports, l.Port)
	}
	backend, err := t.Thread.Open()
	if err != nil {
		return err
	}
	server := pop3.NewServer(backend, most, t.Log, t.Ended)
	server.Rest, server.AskTakeOver = t.memory.giveBack, t.askTakeOver
	server.SetMeter(t.meter())
	observe(server, &t.dialogues, t.Config.Log.Recorder)
	t.server.Store(server)
	t.Service.Receive(server, t.Stored, t.Resume)
	return nil
}

// socketOf returns what accepts from a listener, which the caller closes instead of it.
func socketOf(l net.Listener) (acceptor.Socket, error) {
	if tcp, ok := l.(*net.TCPListener); ok {
		return pop3.NewSocketListener(tcp)
	}
	if socket, ok := l.(acceptor.Socket); ok {
		return socket, nil
	}
	return nil, fmt.Errorf("%v: not a socket", l.Addr())
}

func (t *thread) Serve() error {
	defer t.endWatch()
	failed := make(chan error, len(t.listeners))
	for i, l := range t.listeners {
		go func() {
			if err := t.server.Load().Serve(l, t.ports[i]); !errors.Is(err, pop3.ErrServerClosed) {
				failed <- err
			}
		}()
	}
	if interval := t.Notifier.Watchdog(); interval > 0 {
		dir, own := watchdog.Directory(os.Getenv)
		go watchdog.Run(t.watch, watchdog.Options{
			Server: t.server.Load(), Listeners: t.listeners, Open: t.OpenMaildir, Directory: dir, Own: own,
			Interval: interval, Alive: t.Notifier.Alive, Meter: t.meter(), Log: t.Log,
		})
	}
	select {
	case <-t.stopped:
		return nil
	case err := <-failed:
		return err
	}
}

func (t *thread) Reload(next *config.Config) error {
	backend, err := t.Thread.Reload(next)
	if err != nil {
		return err
	}
	t.Config = next
	t.server.Load().SetBackend(backend)
	return nil
}

// Stop implements Model.
func (t *thread) Stop(how How, wait time.Duration) {
	if how == WhenIdle && !t.isIdle() {
		return
	}
	t.endWatch()
	switch how {
	case WhenIdle, Finish:
		t.stopAfter(func() { _ = t.server.Load().Shutdown(context.Background()) }) // Its only error is that of the context.
	case Drain, Replace:
		t.stopAfter(func() { t.drain(how, wait) })
	case Close:
		time.AfterFunc(wait, t.stop)
		go func() {
			t.leaving.Lock()
			server, former := t.server.Load(), t.former.Load()
			t.leaving.Unlock()
			server.Close()
			if former != nil {
				former.Close()
			}
			t.stop()
		}()
	}
}

// stopAfter runs work in the background, and ends Serve when the work of all calls has
// finished: a Finish also returns when a Drain has suspended its sessions, which are
// not sent yet.
func (t *thread) stopAfter(work func()) {
	t.mu.Lock()
	t.stopping++
	t.mu.Unlock()
	go func() {
		work()
		t.mu.Lock()
		t.stopping--
		isLast := t.stopping == 0
		t.mu.Unlock()
		if isLast {
			t.stop()
		}
	}()
}
