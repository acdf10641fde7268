package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
	"tpops/pkg/pop3"
	"tpops/pkg/socketpair"
)

// predecessorName is the name under which systemd stores the connection to a process that
// goes on with sessions, until that process has ended.
const predecessorName = "predecessor"

// The requests to such a process. The ids of sessions follow the second one. The answer is a
// message with a file in memory: the sessions, as JSON. A process of an older version answers
// a request that it does not know with all sessions.
const (
	listRequest     = "sessions"
	kickRequest     = "kick"
	takeOverRequest = "takeover" // the silence and the Maildir follow
	reopenRequest   = "reopen"   // of the log files; the answer has no sessions
	maxRequest      = 32 << 10   // octets
)

// Sessions are those of a process model.
type Sessions interface {
	// Sessions returns the present sessions. Any goroutine may call it.
	Sessions() iter.Seq[pop3.SessionInfo]
	// Kick ends sessions. See workers.Model. Any goroutine may call it.
	Kick(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo
}

// Predecessor is what later daemons use of a process model.
type Predecessor interface {
	Sessions
	// TakeOver ends the session that has a Maildir if it is abandoned. See
	// pop3.Server.TakeOver. Any goroutine may call it.
	TakeOver(maildrop string, silent time.Duration) *pop3.SessionInfo
	// ReopenLogs opens the log files again after they were renamed.
	ReopenLogs()
}

// Offer lets later daemons look at the sessions with which this process goes on after it has
// left the service, and end them. It answers in the background until the process ends. The
// error is that of the system.
func (s *Service) Offer(p Predecessor) error {
	ours, theirs, err := socketpair.New(predecessorName)
	if err != nil {
		return fmt.Errorf("offer sessions: %w", err)
	}
	defer theirs.Close() // systemd has a copy.
	if err := s.Notifier.StoreWhileOpen(predecessorName, theirs); err != nil {
		return errors.Join(fmt.Errorf("offer sessions: %w", err), ours.Close())
	}
	go answerAll(ours, p)
	return nil
}

// answerAll answers requests until no process can send one.
func answerAll(conn *net.UnixConn, p Predecessor) {
	defer conn.Close()
	for buf := make([]byte, maxRequest); ; {
		n, err := conn.Read(buf)
		if n == 0 || err != nil {
			return
		}
		if answer(conn, string(buf[:n]), p) != nil {
			return // Without an answer the other process would wait.
		}
	}
}

// answer answers one request.
func answer(conn *net.UnixConn, request string, p Predecessor) error {
	file, err := memfd.New("tpops-sessions")
	if err != nil {
		return err
	}
	defer file.Close() // The other process has a copy.
	if err := errors.Join(json.NewEncoder(file).Encode(obey(request, p)), memfd.Seal(file)); err != nil {
		return err
	}
	_, _, err = conn.WriteMsgUnix([]byte(listRequest), unix.UnixRights(int(file.Fd())), nil)
	return err
}

// obey carries out a request, and returns the sessions that it concerns.
func obey(request string, p Predecessor) []pop3.SessionInfo {
	all := []pop3.SessionInfo{}
	command, rest, _ := strings.Cut(request, " ")
	switch command {
	case kickRequest:
		named := map[string]bool{}
		for id := range strings.FieldsSeq(rest) {
			named[id] = true
		}
		all = append(all, p.Kick(func(s *pop3.SessionInfo) bool { return named[s.ID] })...)
	case takeOverRequest:
		text, maildrop, _ := strings.Cut(rest, " ")
		silent, err := time.ParseDuration(text)
		if err != nil {
			return all
		}
		if holder := p.TakeOver(maildrop, silent); holder != nil {
			all = append(all, *holder)
		}
	case reopenRequest:
		p.ReopenLogs()
	default:
		all = slices.AppendSeq(all, p.Sessions())
	}
	return all
}
