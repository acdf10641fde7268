//go:build integration && amd64

package killed

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// goOn goes on with the session after a restart. Only if the trap has caught a process that
// served it or was taking it over, hurt, it may have ended: in silence, or with a refusal for
// the moment. A session that was kept has its list and its marks, and nothing is in its way.
func (v *visit) goOn(hurt bool) {
	v.m.t.Helper()
	answer, err := v.c.Command("STAT")
	switch {
	case errors.Is(err, os.ErrDeadlineExceeded):
		v.m.errorf("the session is stuck: %v", err)
	case err != nil || strings.HasPrefix(answer, "-ERR [SYS/TEMP]"):
		v.lostWith(answer, err, hurt)
	case !strings.HasPrefix(answer, fmt.Sprintf("+OK %d ", len(v.uidls)-len(v.marks))):
		v.m.errorf("STAT after the restart: %q", answer)
	default:
		v.must = true
		if v.listAgain() && v.retrieveAgain() {
			v.end()
		}
	}
}

// lostWith judges how a session has ended.
func (v *visit) lostWith(answer string, err error, hurt bool) {
	v.m.t.Helper()
	if !hurt {
		v.m.errorf("the session has ended, but no process that served it was caught: %q, %v", answer, err)
	}
	if err != nil {
		return
	}
	if more, err := v.c.Line(); err == nil || errors.Is(err, os.ErrDeadlineExceeded) {
		v.m.errorf("after %q the session goes on: %q, %v", answer, more, err)
	}
}

// listAgain compares the list with that before the restart, without what is marked.
func (v *visit) listAgain() bool {
	v.m.t.Helper()
	status, lines, err := v.c.Multi("UIDL")
	if !v.judge("UIDL", status, err) {
		return false
	}
	var want strings.Builder
	for i, uidl := range v.uidls {
		if !v.isMarked(uidl) {
			fmt.Fprintf(&want, "%d %s\r\n", i+1, uidl)
		}
	}
	if string(lines) != want.String() {
		v.m.errorf("UIDL after the restart: %q, want %q", lines, want.String())
	}
	return string(lines) == want.String()
}

func (v *visit) isMarked(uidl string) bool {
	for _, e := range v.marks {
		if e.uidl == uidl {
			return true
		}
	}
	return false
}

// retrieveAgain fetches the last message, which is not marked.
func (v *visit) retrieveAgain() bool {
	v.m.t.Helper()
	status, lines, err := v.c.Multi(fmt.Sprintf("RETR %d", len(v.uidls)))
	if !v.judge("RETR", status, err) {
		return false
	}
	e, uidl := v.m.byWire(string(lines)), v.uidls[len(v.uidls)-1]
	if e == nil || e.state != alive || e.uidl != "" && e.uidl != uidl {
		v.m.errorf("RETR after the restart: no message with UIDL %s: %.60q", uidl, lines)
		return false
	}
	e.uidl = uidl
	return true
}

// servesClient returns a function that reports whether a process, or one that it has started,
// has the server's end of the client's connection: without it the session ends.
func servesClient(t *testing.T, c *daemon.Client) func(pid int) bool {
	t.Helper()
	end := fmt.Sprintf("socket:[%s]", inode(t, c.RemoteAddr(), c.LocalAddr()))
	var serves func(pid int) bool
	serves = func(pid int) bool {
		files, _ := filepath.Glob(fmt.Sprintf("/proc/%d/fd/*", pid)) // The pattern is valid.
		for _, file := range files {
			if target, _ := os.Readlink(file); target == end { // It may have been closed.
				return true
			}
		}
		for _, child := range fixture.ProcessesOf(t, pid) {
			if serves(child) {
				return true
			}
		}
		return false
	}
	return serves
}

// inode returns the number of a TCP socket of this machine, as /proc has it.
func inode(t *testing.T, local, remote net.Addr) string {
	t.Helper()
	for line := range strings.Lines(fixture.Read(t, "/proc/net/tcp")) {
		fields := strings.Fields(line)
		if len(fields) > 9 && port(fields[1]) == local.(*net.TCPAddr).Port && port(fields[2]) == remote.(*net.TCPAddr).Port {
			return fields[9]
		}
	}
	t.Fatalf("/proc/net/tcp has no socket %v of %v", local, remote)
	return ""
}

// port returns the port of an address of /proc/net/tcp.
func port(address string) int {
	_, digits, _ := strings.Cut(address, ":")
	n, err := strconv.ParseUint(digits, 16, 16)
	if err != nil {
		return 0
	}
	return int(n)
}
