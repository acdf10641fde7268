//go:build systemd

package systemd

import (
	"fmt"
	"io"
	"net"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// manySessions is how many plain sessions are to be handed over at once.
const manySessions = 8000

// testManySessions hands over thousands of sessions, half of them with a
// command begun. That takes more descriptors than a process has by default.
func testManySessions(s *site) {
	limit := unix.Rlimit{Cur: 2*manySessions + 1000, Max: 2*manySessions + 1000}
	var old unix.Rlimit
	if err := unix.Getrlimit(unix.RLIMIT_NOFILE, &old); err != nil {
		s.t.Fatal(err)
	}
	if old.Cur < limit.Cur {
		if err := unix.Setrlimit(unix.RLIMIT_NOFILE, &unix.Rlimit{Cur: limit.Cur, Max: max(old.Max, limit.Max)}); err != nil {
			s.t.Fatal(err)
		}
	}
	s.user("alice")
	s.configure(fmt.Sprintf("max-servers = %d", manySessions+10))
	s.enableDaemon()
	conns := make([]net.Conn, manySessions)
	defer func() {
		for _, conn := range conns {
			if conn != nil {
				conn.Close()
			}
		}
	}()
	s.each(conns, func(i int) error {
		conn, err := s.Dial(pop3Port)
		if err != nil {
			return err
		}
		conns[i] = conn
		conn.SetDeadline(time.Now().Add(2 * time.Minute))
		if err := wantOK(conn); err != nil || i%2 == 0 {
			return err
		}
		_, err = io.WriteString(conn, "QU")
		return err
	})
	begun := time.Now()
	s.do("systemctl", "restart", "tpops.service")
	s.t.Logf("restart with %d sessions: %v", manySessions, time.Since(begun))
	s.login("alice").quit()
	s.each(conns, func(i int) error {
		rest := "QUIT\r\n"
		if i%2 == 1 {
			rest = "IT\r\n"
		}
		if _, err := io.WriteString(conns[i], rest); err != nil {
			return err
		}
		return wantOK(conns[i])
	})
	for _, event := range []string{"sessions handed over", "sessions taken over"} {
		entries := s.events(event)
		if len(entries) != 1 || entries[0].Text("TPOPS_SESSIONS") != fmt.Sprint(manySessions) {
			s.t.Errorf("%s: %v", event, entries)
			continue
		}
		checkEntry(s.t, entries[0])
		s.t.Logf("%s: %s µs", event, entries[0].Text("TPOPS_DURATION_USEC"))
	}
	s.wantNoFailure()
}

// each does something with each connection, several at once.
func (s *site) each(conns []net.Conn, do func(i int) error) {
	s.t.Helper()
	const workers = 32
	var wait sync.WaitGroup
	var mu sync.Mutex
	var errs []error
	for worker := range workers {
		wait.Go(func() {
			for i := worker; i < len(conns); i += workers {
				if err := do(i); err != nil {
					mu.Lock()
					errs = append(errs, err)
					mu.Unlock()
				}
			}
		})
	}
	wait.Wait()
	if len(errs) > 0 {
		s.t.Fatalf("%d of %d sessions; the first: %v", len(errs), len(conns), errs[0])
	}
}

// wantOK reads a line that is +OK, octet by octet, without a buffer for
// thousands of connections.
func wantOK(conn net.Conn) error {
	var line strings.Builder
	for octet := make([]byte, 1); octet[0] != '\n'; line.Write(octet) {
		if _, err := io.ReadFull(conn, octet); err != nil {
			return fmt.Errorf("after %q: %w", line.String(), err)
		}
	}
	if !strings.HasPrefix(line.String(), "+OK") {
		return fmt.Errorf("answer %q", line.String())
	}
	return nil
}
