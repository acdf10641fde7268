package guard

import "golang.org/x/sys/unix"

// Detach gives up the memory, which this process cannot reach any more, for one
// whose only client is past all that a guard decides. Its place stays taken until
// Reclaim. Afterwards only Place.Leave, Sweep and Detach may be called, which do
// nothing.
func (m *Memory) Detach() {
	m.using.Lock()
	defer m.using.Unlock()
	if m.detached {
		return
	}
	m.detached = true
	// Both fail only for what is not there.
	_ = unix.Munmap(m.data)
	_ = m.file.Close()
}
