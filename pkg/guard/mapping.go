package guard

import (
	"os"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

// mapping is the shared memory as this process has it.
type mapping struct {
	file *os.File
	data []byte
	pid  uint64
	now  func() time.Time

	using    sync.Mutex // held while the memory must not be unmapped
	detached bool
}

// File returns the file that other processes attach. Do not close it.
func (m *mapping) File() *os.File { return m.file }

// Detach unmaps the memory in a process whose only client has logged in, so that
// the process cannot access it any more. Its slot stays in use until Reclaim.
// Afterwards only Limiter.Close, Sweep and Detach may be called, which do nothing.
func (m *mapping) Detach() {
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
