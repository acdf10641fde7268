package handover

import (
	"errors"
	"io"
	"net"
	"slices"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// kickAtOnce bounds how many sessions a request names.
const kickAtOnce = 1000

// kick ends the sessions of one predecessor that selects accepts.
func (p *Predecessors) kick(conn *net.UnixConn, selects func(*pop3.SessionInfo) bool) (kicked []pop3.SessionInfo, err error) {
	all, err := p.request(conn, listRequest)
	if err != nil {
		return nil, err
	}
	selected := slices.DeleteFunc(all, func(s pop3.SessionInfo) bool { return !selects(&s) || strings.ContainsAny(s.ID, " \t\r\n") })
	for some := range slices.Chunk(selected, kickAtOnce) {
		ended, err := p.request(conn, kickRequest+namesOf(some))
		if isGone(err) { // With its last session the process ends, perhaps before its answer.
			ended = some
		}
		kicked = append(kicked, ended...)
		if err != nil {
			return kicked, err
		}
	}
	return kicked, nil
}

// namesOf returns the ids of sessions, each after a space.
func namesOf(sessions []pop3.SessionInfo) string {
	var text strings.Builder
	for i := range sessions {
		text.WriteString(" " + sessions[i].ID)
	}
	return text.String()
}

// isGone reports whether err means that the other process has ended after a request.
func isGone(err error) bool {
	return errors.Is(err, io.EOF) || errors.Is(err, unix.ECONNRESET)
}
