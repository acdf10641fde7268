package guard

import "golang.org/x/sys/unix"

// Detach unmaps the memory in a process whose only client has logged in, so that
// the process cannot access it any more. Its slot stays in use until Reclaim.
// Afterwards only Limiter.Close, Sweep and Detach may be called, which do nothing.
func (m *Memory) Detach() {
	m.using.Lock()
	defer m.using.Unlock()
	if m.detached {
		return
	}
	m.detached = true
	// Both fail only for a memory or a file that does not exist.
	_ = unix.Munmap(m.data)
	_ = m.file.Close()
}
