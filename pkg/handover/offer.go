package handover

import (
	"encoding/json"
	"errors"
	"fmt"
	"iter"
	"net"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
	"tpops/pkg/pop3"
	"tpops/pkg/socketpair"
)

// predecessorName is the name under which systemd stores the connection to a process that
// goes on with sessions, until that process has ended.
const predecessorName = "predecessor"

// The requests to such a process. The ids of sessions follow the second one. The answer is a
// message with a file in memory: the sessions, as JSON.
const (
	listRequest = "sessions"
	kickRequest = "kick"
	maxRequest  = 32 << 10 // octets
)

// Sessions are those of a process model.
type Sessions interface {
	// Sessions returns the present sessions. Any goroutine may call it.
	Sessions() iter.Seq[pop3.SessionInfo]
	// Kick ends sessions. See workers.Model. Any goroutine may call it.
	Kick(selects func(*pop3.SessionInfo) bool) []pop3.SessionInfo
}

// Offer lets later daemons look at the sessions with which this process goes on after it has
// left the service, and end them. It answers in the background until the process ends. The
// error is that of the system.
func (s *Service) Offer(sessions Sessions) error {
	ours, theirs, err := socketpair.New(predecessorName)
	if err != nil {
		return fmt.Errorf("offer sessions: %w", err)
	}
	defer theirs.Close() // systemd has a copy.
	if err := s.Notifier.StoreWhileOpen(predecessorName, theirs); err != nil {
		return errors.Join(fmt.Errorf("offer sessions: %w", err), ours.Close())
	}
	go answerAll(ours, sessions)
	return nil
}

// answerAll answers requests until no process can send one.
func answerAll(conn *net.UnixConn, sessions Sessions) {
	defer conn.Close()
	for buf := make([]byte, maxRequest); ; {
		n, err := conn.Read(buf)
		if n == 0 || err != nil {
			return
		}
		if answer(conn, string(buf[:n]), sessions) != nil {
			return // Without an answer the other process would wait.
		}
	}
}

// answer answers one request.
func answer(conn *net.UnixConn, request string, sessions Sessions) error {
	all := []pop3.SessionInfo{}
	if ids, isKick := strings.CutPrefix(request, kickRequest); isKick {
		named := strings.Fields(ids)
		all = append(all, sessions.Kick(func(s *pop3.SessionInfo) bool { return slices.Contains(named, s.ID) })...)
	} else {
		all = slices.AppendSeq(all, sessions.Sessions())
	}
	file, err := memfd.New("tpops-sessions")
	if err != nil {
		return err
	}
	defer file.Close() // The other process has a copy.
	if err := errors.Join(json.NewEncoder(file).Encode(all), memfd.Seal(file)); err != nil {
		return err
	}
	_, _, err = conn.WriteMsgUnix([]byte(listRequest), unix.UnixRights(int(file.Fd())), nil)
	return err
}
