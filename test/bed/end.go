package bed

import (
	"io"
	"testing"
	"time"
)

// PowerOff shuts the machine down as an administrator does, and waits until it
// is gone.
func (m *Machine) PowerOff(tb testing.TB) {
	tb.Helper()
	// The program may be ended in the middle of the shutdown that it asks for.
	if r, err := m.Try("systemctl", "poweroff"); err != nil {
		tb.Fatalf("power off: %v %s", err, r.Stderr)
	}
	m.waitEnd(tb)
	if state := m.supervisor.ProcessState; !state.Success() {
		tb.Errorf("power off: %v\n%s", state, m.log())
	}
}

// Kill ends the machine at once, as a power failure does, and waits until it
// is gone. It may be called again.
func (m *Machine) Kill(tb testing.TB) {
	tb.Helper()
	m.life.Close() // already closed when it was called before
	m.waitEnd(tb)
}

func (m *Machine) waitEnd(tb testing.TB) {
	tb.Helper()
	select {
	case <-m.ended:
	case <-time.After(patience):
		tb.Fatalf("the machine does not end\n%s", m.log())
	}
}

// end is the end of every machine.
func (m *Machine) end(tb testing.TB) {
	if tb.Failed() && !m.hasEnded() && m.network != nil {
		r, err := m.Try("journalctl", "--no-pager", "--quiet", "--lines=150", "--output=short-precise")
		tb.Logf("journal of %s (%v):\n%s%s", m.Suite, err, r.Stdout, r.Stderr)
	}
	m.Kill(tb)
	m.console.Close()
	if m.network != nil {
		m.network.Close()
	}
}

// log returns what the machine and its supervisor have written.
func (m *Machine) log() string {
	text, err := io.ReadAll(io.NewSectionReader(m.console, 0, 1<<20))
	if err != nil {
		return "console: " + err.Error()
	}
	return "console:\n" + string(text)
}
