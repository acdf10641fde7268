package peer

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
)

// status receives what a server reports to systemd, see sd_notify(3).
type status struct {
	conn *net.UnixConn
	mu   sync.Mutex
	last string
}

// listenStatus makes the socket, to which a server of any user can send. The caller
// closes it.
func listenStatus(dir string) (*status, error) {
	path := filepath.Join(dir, "notify")
	if err := os.RemoveAll(path); err != nil {
		return nil, err
	}
	conn, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: path, Net: "unixgram"})
	if err != nil {
		return nil, err
	}
	if err := os.Chmod(path, 0o777); err != nil {
		conn.Close()
		return nil, err
	}
	s := &status{conn: conn}
	go s.receive()
	return s, nil
}

func (s *status) env() string { return "NOTIFY_SOCKET=" + s.conn.LocalAddr().String() }

// receive ends when the socket is closed.
func (s *status) receive() {
	buf := make([]byte, 4096)
	for {
		n, err := s.conn.Read(buf)
		if err != nil {
			return
		}
		for line := range strings.Lines(string(buf[:n])) {
			if text, found := strings.CutPrefix(strings.TrimSuffix(line, "\n"), "STATUS="); found {
				s.mu.Lock()
				s.last = text
				s.mu.Unlock()
			}
		}
	}
}

// CacheUse is what TPOPS reports of its cache of mailboxes.
type CacheUse struct{ Mailboxes, KiB, Hits, Misses, Evictions int }

var cacheUse = regexp.MustCompile(`mailbox-cache: (\d+ mailboxes, \d+ KiB, \d+ hits, \d+ misses, \d+ evictions)`)

// parseCacheUse finds the figures in a status.
func parseCacheUse(status string) (CacheUse, error) {
	var u CacheUse
	m := cacheUse.FindStringSubmatch(status)
	if m == nil {
		return u, fmt.Errorf("status without a mailbox-cache: %q", status)
	}
	_, err := fmt.Sscanf(m[1], "%d mailboxes, %d KiB, %d hits, %d misses, %d evictions", &u.Mailboxes, &u.KiB, &u.Hits, &u.Misses, &u.Evictions)
	return u, err
}

// CacheUse returns what the server, which was started with Setup.Notify, has
// reported last. It reports at most once a second.
func (s *Server) CacheUse() (CacheUse, error) {
	s.status.mu.Lock()
	defer s.status.mu.Unlock()
	return parseCacheUse(s.status.last)
}
