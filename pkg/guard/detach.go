package guard

import (
	"errors"

	"golang.org/x/sys/unix"
)

// Detach gives up the memory, which this process cannot reach any more, for one
// whose only client is past all that a guard decides. Its place stays taken until
// Reclaim. Afterwards only Place.Leave, Sweep and Detach may be called, which do
// nothing. The error is that of the system.
func (m *Memory) Detach() error {
	m.using.Lock()
	defer m.using.Unlock()
	if m.detached {
		return nil
	}
	m.detached = true
	return errors.Join(unix.Munmap(m.data), m.file.Close())
}
