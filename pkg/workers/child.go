package workers

import (
	"log/slog"
	"net/netip"
	"os"
	"sync"
	"syscall"
	"time"

	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
	"tpops/pkg/trace"
	"tpops/pkg/workers/board"
	"tpops/pkg/workers/process"
	"tpops/pkg/workers/rights"
)

// Child is this process, if the parent of prefork or fork has started it. Only Go may
// be called by several goroutines.
type Child struct {
	Config    *config.Config
	Listening []netip.AddrPort // the addresses at which clients arrive over IP
	Salts     []byte           // the secret of the salts of unknown users
	// Certificates are those of the parent, for files that cannot be used; nil for a probe.
	Certificates []byte
	Seen         *os.File        // where all processes record unknown users, or nil
	Guard        *guard.Memory   // nil without one
	Metrics      *metrics.Memory // nil without one
	Hook         *os.File        // socket of the helper for login-hook, or nil
	// Users is for the rows of passwd-file: sealed, or empty in a child that has to read
	// them, in which UsersBefore has the rows that are in use now. Both may be nil.
	Users, UsersBefore *os.File
	Probe              bool // this child only tests the configuration, and logs what later children do not repeat

	Question []byte // to be answered by ChildProgram.Answer, nil unless the child is for that

	role   role
	ports  []pop3.Port
	poller *process.Poller
	conn   *os.File           // of a fork child
	orders chan process.Order // of signals
	ending bool               // no connection is accepted any more
	busy   bool               // as the parent knows it
	lull   time.Duration      // usualLull, except in tests
	limit  *process.Deadline  // of a session
	server *pop3.Server
	board  *board.Board // nil in a child that serves nothing
	memory memory
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
	// Answer answers Child.Question, with at most process.MaxText octets. The process is
	// confined then, and the opener of the backend is that of sessions.
	Answer func(question []byte) []byte
	// Rights returns the rights that a child keeps.
	Rights func() *rights.Rights
	// ReopenLogs opens the log files again after they were renamed.
	ReopenLogs func() error
	// LookAtCertificates loads certificates that were renewed. It is called once a
	// second.
	LookAtCertificates func()
	// PAMEnded returns a channel that is closed when the process that calls PAM has
	// ended, nil without PAM.
	PAMEnded func() <-chan struct{}
	// Signals are the signals of the process.
	Signals <-chan os.Signal
}

// Go runs f in the background. The process does not end before f returns.
func (c *Child) Go(f func()) { c.background.Go(f) }

// ReportUse reports a session that has ended to Environment.Used of the parent.
func (c *Child) ReportUse(text string) { c.poller.Report(process.Used, text) }

// CloseUsers closes the files of users, which sessions do not need.
func (c *Child) CloseUsers() {
	for _, file := range []*os.File{c.Users, c.UsersBefore} {
		_ = file.Close() // The error of a nil file; a sealed one has none.
	}
}

// relaySignals treats signals of an administrator as orders.
func (c *Child) relaySignals() {
	for s := range c.program.Signals {
		switch s {
		case syscall.SIGTERM:
			c.orders <- process.Shutdown
		case syscall.SIGINT:
			c.orders <- process.Close
		default:
			continue // Other signals are for the parent.
		}
		c.poller.Wake()
	}
}

// Serve opens what the child needs, serves, and returns when the child has to end.
// The error is why it cannot serve. The parent has got it already.
func (c *Child) Serve(p ChildProgram) error {
	c.program, c.log = p, p.Log
	go c.relaySignals()
	if c.Guard != nil {
		go c.sweep()
	}
	backend, err := c.open()
	if err != nil {
		c.poller.Report(process.Failed, err.Error())
		c.rejectClient()
		return err
	}
	if c.role == roleCheck {
		c.poller.Report(process.Answered, string(p.Answer(c.Question)))
		return nil
	}
	c.poller.Report(process.Ready, "")
	defer c.background.Wait()
	if c.Probe || c.role == roleUsers {
		return nil
	}
	backend.Open = c.countLogins(backend.Open)
	c.server = pop3.NewServer(backend, 1, c.log, p.Ended)
	c.show()
	if c.conn != nil {
		c.serve(c.conn, c.ports[0])
		c.reportIdle()
	} else {
		c.serveListeners()
	}
	c.server.Close() // The session has ended; this releases the backend.
	return nil
}

// show has the parent see what sessions do.
func (c *Child) show() {
	if c.board != nil {
		c.server.Board, c.server.AskTakeOver = c.board, c.askTakeOver
		observe(c.server, c.board, trace.ForOneSession(c.Config.Log.Recorder, c.Config.Processes.MaxServers))
	}
	if c.Metrics != nil {
		c.server.SetMeter(c.Metrics)
	}
}

// sweep ends sessions of this child that have to make room for those of others.
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
	if err := r.ConfineLogin(); err != nil || !c.Probe {
		return backend, err
	}
	return backend, r.TestOwner()
}

// rejectClient sends the client of a fork child that cannot serve a temporary error.
func (c *Child) rejectClient() {
	if c.conn == nil || c.ports[0].TLS {
		return
	}
	conn, err := process.Conn(c.conn)
	if err != nil {
		return // The client has disconnected.
	}
	newFarewell(c.Config, c.log, c.program.Ended).Abandon(&pop3.Suspended{Conn: conn, New: true})
}
