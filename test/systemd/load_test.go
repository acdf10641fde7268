//go:build systemd

package systemd

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"tpops/test/bed"
	"tpops/test/corpus"
	"tpops/test/daemon"
)

// loadClients is how many clients are at work at once. Each has a mailbox of
// its own, for only one session can have a mailbox.
const loadClients = 6

// load is a number of clients that have one short session after the other,
// and count what is not as it should be.
type load struct {
	site     *site
	messages []corpus.Message
	end      func()        // ends them; may be called again
	ending   chan struct{} // closed when they are to end
	clients  sync.WaitGroup
	sessions [loadClients]atomic.Int64 // that went well, of each client

	mu     sync.Mutex
	faults map[error][]string // what went wrong, by errRefused and so on
}

// manyFaults are enough to give up.
const manyFaults = 100

// What may go wrong for a client.
var (
	errRefused = errors.New("connection refused")
	errDropped = errors.New("connection dropped")
	errWrong   = errors.New("wrong answer")
)

// loadUser is the user of a client.
func loadUser(client int) string { return fmt.Sprintf("load%d", client) }

// addLoadUsers adds the users of the clients.
func (s *site) addLoadUsers(messages []corpus.Message) {
	s.t.Helper()
	for client := range loadClients {
		s.userWithMail(loadUser(client), messages)
	}
}

// startLoad starts the clients and returns when each is at work. The caller
// ends them with stop.
func (s *site) startLoad(messages []corpus.Message) *load {
	s.t.Helper()
	l := &load{site: s, messages: messages, ending: make(chan struct{}), faults: map[error][]string{}}
	l.end = sync.OnceFunc(func() {
		close(l.ending)
		l.clients.Wait()
	})
	s.t.Cleanup(l.end) // of a test that fails before stop
	for client := range loadClients {
		l.clients.Go(func() { l.run(client) })
	}
	l.waitRound()
	return l
}

// run is the work of one client. When nothing goes well any more, there is
// nothing left to learn.
func (l *load) run(client int) {
	for !isClosed(l.ending) && l.faultCount() < manyFaults {
		err := l.session(loadUser(client))
		if err == nil {
			l.sessions[client].Add(1)
			continue
		}
		for _, kind := range []error{errRefused, errDropped, errWrong} {
			if errors.Is(err, kind) {
				l.mu.Lock()
				l.faults[kind] = append(l.faults[kind], err.Error())
				l.mu.Unlock()
			}
		}
	}
}

// session is one short session.
func (l *load) session(user string) error {
	conn, err := l.site.Dial(pop3Port)
	if err != nil {
		return fmt.Errorf("%w: %w", errRefused, err)
	}
	defer conn.Close()
	c := daemon.NewClient(conn)
	if line, err := c.Line(); err != nil || !strings.HasPrefix(line, "+OK") {
		return fault("greeting", line, err)
	}
	for _, command := range []string{"USER " + user, "PASS " + userPassword, "STAT", "UIDL 1"} {
		if line, err := c.Command(command); err != nil || !strings.HasPrefix(line, "+OK") {
			return fault(command, line, err)
		}
	}
	status, got, err := c.Multi("RETR 1")
	if want := corpus.Wire(l.messages[0].Data); err != nil || !bytes.Equal(got, want) {
		return fault("RETR 1", fmt.Sprintf("%s with %d of %d octets", status, len(got), len(want)), err)
	}
	if line, err := c.Command("QUIT"); err != nil || !strings.HasPrefix(line, "+OK") {
		return fault("QUIT", line, err)
	}
	return nil
}

func fault(command, answer string, err error) error {
	if err != nil {
		return fmt.Errorf("%w: %s: %q, %w", errDropped, command, answer, err)
	}
	return fmt.Errorf("%w: %s: %q", errWrong, command, answer)
}

// waitRound waits until each client has finished a session that began after
// the call.
func (l *load) waitRound() {
	l.site.t.Helper()
	var before [loadClients]int64
	for i := range l.sessions {
		before[i] = l.sessions[i].Load()
	}
	bed.Poll(l.site.t, "each client has a session", func() bool {
		for i := range l.sessions {
			if l.sessions[i].Load() < before[i]+2 {
				return l.faultCount() >= manyFaults // stop reports them
			}
		}
		return true
	})
}

func (l *load) faultCount() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.faults[errRefused]) + len(l.faults[errDropped]) + len(l.faults[errWrong])
}

// stop ends the clients. Everything that went wrong fails the test.
func (l *load) stop(t *testing.T) {
	t.Helper()
	l.end()
	total := int64(0)
	for i := range l.sessions {
		total += l.sessions[i].Load()
	}
	refused, dropped, wrong := l.faults[errRefused], l.faults[errDropped], l.faults[errWrong]
	t.Logf("%d sessions well, %d refused, %d dropped, %d wrong", total, len(refused), len(dropped), len(wrong))
	for kind, list := range l.faults {
		t.Errorf("%d times: %v; the first: %s", len(list), kind, list[0])
	}
}
