//go:build integration && !race

package processes

import (
	"bufio"
	"bytes"
	"crypto/tls"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// waiting is clients that wait, and the server of which they are.
type waiting struct {
	t      *testing.T
	server *fixture.Secured
	before int64 // octets of the server without them
	conns  []net.Conn
}

// A session that waits for its client holds little memory: before and after login,
// and after it has sent a message. A goroutine with its buffers would be over the
// limits. The race detector needs memory of its own, so this runs without it.
func TestWaitingSessions(t *testing.T) {
	for name, test := range map[string]struct {
		sessions, most int64 // octets each
		encrypted      bool
	}{
		"plain": {5000, 6 << 10, false},
		"TLS":   {2000, 16 << 10, true},
	} {
		t.Run(name, func(t *testing.T) {
			w := &waiting{t: t, server: fixture.StartSecured(t, "--parallel-type=thread", "--max-servers=6000", "--max-per-address=0",
				"--max-per-user=0", "--max-before-login=0", "--login-time=0", "--command-timeout=3600")}
			w.connect(1, test.encrypted)
			w.ask("USER "+fixture.User, "PASS "+fixture.Password, "RETR 1") // What the first session needs, later ones share.
			w.before = w.memory()
			w.connect(int(test.sessions), test.encrypted)
			w.holds("before login", test.most)
			w.ask("USER "+fixture.User, "PASS "+fixture.Password)
			w.holds("after login", test.most)
			w.ask("RETR 1")
			w.holds("after a RETR", test.most)
		})
	}
}

// connect connects clients in place of those before.
func (w *waiting) connect(clients int, encrypted bool) {
	w.conns = make([]net.Conn, clients)
	addr := w.server.Plain
	if encrypted {
		addr = w.server.Implicit
	}
	w.each(func(i int) error {
		conn, err := net.Dial("tcp", addr)
		if err != nil {
			return err
		}
		w.t.Cleanup(func() { conn.Close() })
		if encrypted {
			conn = tls.Client(conn, &tls.Config{RootCAs: w.server.Authority.Pool(), ServerName: "localhost"})
		}
		w.conns[i] = conn
		return answer(conn, "greeting")
	})
}

// ask has each client send commands.
func (w *waiting) ask(commands ...string) {
	w.each(func(i int) error {
		for _, command := range commands {
			if _, err := io.WriteString(w.conns[i], command+"\r\n"); err != nil {
				return err
			}
			if err := answer(w.conns[i], command); err != nil {
				return err
			}
		}
		return nil
	})
}

// each calls do for each client, a few at once.
func (w *waiting) each(do func(i int) error) {
	const atOnce = 16
	failed := make(chan error, atOnce)
	for first := range atOnce {
		go func() {
			var err error
			for i := first; i < len(w.conns) && err == nil; i += atOnce {
				err = do(i)
			}
			failed <- err
		}()
	}
	for range atOnce {
		if err := <-failed; err != nil {
			w.t.Error(err)
		}
	}
	if w.t.Failed() {
		w.t.FailNow()
	}
}

// answer reads the answer to a command.
func answer(conn net.Conn, command string) error {
	in := bufio.NewReaderSize(conn, 512)
	line, err := in.ReadString('\n')
	if err != nil || !strings.HasPrefix(line, "+OK") {
		return fmt.Errorf("%s: %q, %v", command, line, err)
	}
	for strings.HasPrefix(command, "RETR") && line != ".\r\n" {
		if line, err = in.ReadString('\n'); err != nil {
			return err
		}
	}
	return nil
}

// holds waits until each client costs the server so many octets at most.
func (w *waiting) holds(when string, most int64) {
	w.t.Helper()
	var each int64
	fixture.Eventually(w.t, fmt.Sprintf("%s a session holds %d octets at most", when, most), func() bool {
		each = (w.memory() - w.before) / int64(len(w.conns))
		return each <= most
	})
	w.t.Logf("%s: %.1f KiB", when, float64(each)/1024)
}

// memory returns how many octets of memory the server holds.
func (w *waiting) memory() int64 {
	text, err := os.ReadFile(fmt.Sprintf("/proc/%d/smaps_rollup", w.server.PID()))
	if err != nil {
		w.t.Fatal(err)
	}
	for line := range bytes.Lines(text) {
		if fields := strings.Fields(string(line)); len(fields) > 1 && fields[0] == "Pss:" {
			kib, _ := strconv.ParseInt(fields[1], 10, 64)
			return kib << 10
		}
	}
	w.t.Fatal("no Pss in smaps_rollup")
	return 0
}
