package workers

import (
	"context"
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/pop3"
	"tpops/pkg/workers/process"
	"tpops/pkg/workers/rights"
)

// Child is this process, if the parent of prefork or fork has started it.
type Child struct {
	Config    *config.Config
	Listening []netip.AddrPort // the addresses at which clients arrive over IP
	Salts     []byte           // the secret of the salts of unknown users
	Seen      *os.File         // where all processes remember unknown users, or nil
	Users     *os.File         // for the rows of passwd-file: sealed, or empty in a process that has to read them
	Guard     *guard.Memory    // nil without one
	Hook      *os.File         // socket of the helper for login-hook, or nil
	// UsersBefore has the rows of which Users will be the successor, or is nil.
	UsersBefore *os.File
	Probe       bool // this child only tests the configuration, and logs what later children need not log again

	role   role
	ports  []pop3.Port
	poller *process.Poller
	conn   *os.File           // of a fork child
	orders chan process.Order // from signals
	ending bool               // no connection is accepted any more
	limit  *process.Deadline  // of a session
	server *pop3.Server
	log    *slog.Logger

	background sync.WaitGroup // work that has to end before the process does
	program    ChildProgram
}

// ChildProgram is what a child needs from the program.
type ChildProgram struct {
	Log   *slog.Logger
	Ended func(*pop3.Summary) // gets the end of each session
	// Open takes the ids of user and group and opens what sessions need. The
	// process is not confined yet.
	Open func() (*pop3.Backend, error)
	// Rights are given up in a child.
	Rights func() *rights.Rights
	// ReopenLogs opens log files again, which may have been renamed.
	ReopenLogs func() error
	// LookAtCertificates loads certificates that were renewed. It is called once a
	// second.
	LookAtCertificates func()
	// PAMEnded returns a channel that is closed when PAM can no longer be asked, nil
	// without PAM.
	PAMEnded func() <-chan struct{}
	// Signals are those that the process gets.
	Signals <-chan os.Signal
}

// IsChild reports whether this process is a child, before Inherit.
func IsChild() bool { return process.IsChild() }

// Inherit returns this child. It may be called once, before any file is opened. The
// error is that of the system, or that somebody else has started this process.
func Inherit() (*Child, error) {
	inherited, err := process.Inherit()
	if err != nil {
		return nil, err
	}
	task, c, err := readTask(inherited.Payload)
	if err != nil {
		return nil, err
	}
	child := &Child{
		Config: c, Listening: task.Listening, Salts: task.Salts, Probe: task.Role == roleProbe, role: task.Role, ports: task.Ports,
		orders: make(chan process.Order, 8),
	}
	listeners, err := child.takeShared(task, inherited.Files)
	if err != nil {
		return nil, err
	}
	if child.role == roleFork && len(listeners) == 1 {
		child.conn, listeners = listeners[0], nil
	}
	if child.poller, err = process.NewPoller(inherited.Control, listeners...); err != nil {
		return nil, err
	}
	child.limit, err = process.NewDeadline()
	return child, err
}

// takeShared takes the files that all children have, and returns the others.
func (c *Child) takeShared(t *task, files []*os.File) (own []*os.File, err error) {
	last := func() *os.File {
		if len(files) == 0 {
			return nil // Attaching it fails.
		}
		f := files[len(files)-1]
		files = files[:len(files)-1]
		return f
	}
	if t.Guard {
		if c.Guard, err = guard.Attach(last(), c.Config.Processes.MaxServers); err != nil {
			return nil, err
		}
	}
	if t.Hook {
		c.Hook = last()
	}
	if t.Seen {
		c.Seen = last()
	}
	if t.Before {
		c.UsersBefore = last()
	}
	if t.Users {
		c.Users = last()
	}
	return files, nil
}

// Go runs f in the background. The process does not end before f returns.
func (c *Child) Go(f func()) { c.background.Go(f) }

// CloseUsers closes Users, which a session does not need.
func (c *Child) CloseUsers() {
	for _, file := range []*os.File{c.Users, c.UsersBefore} {
		_ = file.Close() // A nil or sealed file has no error that matters.
	}
}

// relaySignals makes orders of signals that do not come from the parent.
func (c *Child) relaySignals() {
	for s := range c.program.Signals {
		switch s {
		case syscall.SIGTERM:
			c.orders <- process.Shutdown
		case syscall.SIGINT:
			c.orders <- process.Close
		default:
			continue // Only the parent obeys other signals.
		}
		c.poller.Wake()
	}
}

// Serve opens what the child needs, serves, and returns when the child has to end.
// The error is why it cannot serve; the parent has it already.
func (c *Child) Serve(p ChildProgram) error {
	c.program, c.log = p, p.Log
	go c.relaySignals()
	if c.Guard != nil {
		go c.sweep()
	}
	backend, err := c.open()
	if err != nil {
		c.poller.Report(process.Failed, err.Error())
		c.turnAway()
		return err
	}
	c.poller.Report(process.Ready, "")
	defer c.background.Wait()
	if c.Probe || c.role == roleUsers {
		return nil
	}
	backend.Open = c.reportLogins(backend.Open)
	c.server = pop3.NewServer(backend, 1, c.log, p.Ended)
	if c.conn != nil {
		c.serve(c.conn, c.ports[0])
	} else {
		c.serveListeners()
	}
	c.server.Close() // The session has ended; this releases the backend.
	return nil
}

// sweep ends sessions here that have to make room for those of other children.
func (c *Child) sweep() {
	for {
		time.Sleep(c.Guard.Sweep())
	}
}

// open opens what sessions need, and confines the process. A fork child keeps the
// right to become the mailbox's owner until it has.
func (c *Child) open() (*pop3.Backend, error) {
	backend, err := c.program.Open()
	if err != nil {
		return nil, err
	}
	r := c.program.Rights()
	if c.Config.Processes.ParallelType != "fork" {
		return backend, r.Confine(c.Probe)
	}
	r.BecomeOwnerAfterLogin(backend)
	return backend, r.ConfineLogin()
}

// reportLogins returns an opener that reports logins to the parent.
func (c *Child) reportLogins(open pop3.Opener) pop3.Opener {
	return func(ctx context.Context, a *pop3.Account, client *pop3.Client) (pop3.Mailbox, error) {
		mailbox, err := open(ctx, a, client)
		if err == nil {
			c.poller.Report(process.LoggedIn, "")
		}
		return mailbox, err
	}
}

// turnAway has the client of a fork child that cannot serve try again.
func (c *Child) turnAway() {
	if c.conn == nil || c.ports[0].TLS {
		return
	}
	conn, err := process.Conn(c.conn)
	if err != nil {
		return // The client has gone already.
	}
	newFarewell(c.Config, c.log, c.program.Ended).Abandon(&pop3.Suspended{Conn: conn})
}
