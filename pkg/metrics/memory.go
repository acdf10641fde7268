package metrics

import (
	"errors"
	"fmt"
	"os"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
	"tpops/pkg/pop3"
)

// Memory is the memory to which processes add their figures. It implements pop3.Meter.
// Goroutines may share it. It stays mapped until the end of the process.
type Memory struct {
	file  *os.File
	words []atomic.Uint64
}

// perSpan is the number of words of a span: its buckets, and the sum in nanoseconds.
const perSpan = buckets + 1

// wordOf returns the place of a figure's first word. The spans come first.
func wordOf(figure pop3.Figure) int {
	at := int(pop3.Spans) * perSpan
	for i := range figure {
		at += len(figures[i].words)
	}
	return at
}

// size returns the size of the memory in octets.
func size() int64 { return int64(wordOf(pop3.Figures)) * 8 }

// New returns a memory with all figures at 0. The error is that of the system.
func New() (*Memory, error) {
	file, err := memfd.New("tpops-metrics")
	if err != nil {
		return nil, err
	}
	if err = file.Truncate(size()); err == nil {
		// Otherwise a child could truncate the file, and reading would kill the parent.
		_, err = unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL)
	}
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return attach(file)
}

// Attach returns the memory of another process, which has passed its File, and closes
// the file. The error is that of the system, or that the file is none of New.
func Attach(file *os.File) (*Memory, error) {
	defer file.Close() // The mapping stays.
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != size() {
		return nil, fmt.Errorf("%s: %d octets instead of %d", file.Name(), info.Size(), size())
	}
	return attach(file)
}

func attach(file *os.File) (*Memory, error) {
	data, err := unix.Mmap(int(file.Fd()), 0, int(size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Memory{file, unsafe.Slice((*atomic.Uint64)(unsafe.Pointer(&data[0])), len(data)/8)}, nil
}

// File returns the file that other processes attach. Do not close it.
func (m *Memory) File() *os.File { return m.file }

// Took implements pop3.Meter.
func (m *Memory) Took(span pop3.Span, took time.Duration) {
	at := int(span) * perSpan
	m.words[at+bucketOf(took)].Add(1)
	m.words[at+buckets].Add(uint64(max(took, 0)))
}

// Count implements pop3.Meter.
func (m *Memory) Count(figure pop3.Figure, label string, n int64) {
	m.words[wordOf(figure)+figures[figure].at(label)].Add(uint64(n))
}

// read returns a copy of all words.
func (m *Memory) read() []uint64 {
	all := make([]uint64, len(m.words))
	for i := range m.words {
		all[i] = m.words[i].Load()
	}
	return all
}
