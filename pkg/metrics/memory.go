package metrics

import (
	"errors"
	"fmt"
	"hash/fnv"
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

// The words after the figures: what layout returns, and the Unix time in nanoseconds since which
// they have been counted, 0 before Since.
const (
	layoutWord = iota
	sinceWord
	extraWords
)

// extra returns the place of a word after the figures.
func extra(word int) int { return wordOf(pop3.Figures) + word }

// size returns the size of the memory in octets.
func size() int64 { return int64(extra(extraWords)) * 8 }

// layout returns a number for the order of the figures, which another version of the program
// may have in another one.
func layout() uint64 {
	h := fnv.New64a()
	for _, f := range append(spans[:], figures[:]...) {
		fmt.Fprintf(h, "%q %q %q\n", f.name, f.label, f.words)
	}
	fmt.Fprint(h, buckets)
	return h.Sum64()
}

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
	m, err := attach(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	m.words[extra(layoutWord)].Store(layout())
	return m, nil
}

// Attach returns the memory of another process, which has passed its File, and closes
// the file. The error is that of the system, or that the file is none of New.
func Attach(file *os.File) (*Memory, error) {
	defer file.Close() // The mapping stays.
	return Adopt(file)
}

// Adopt is Attach for a process that passes the File on. It closes the file only with an error.
func Adopt(file *os.File) (*Memory, error) {
	m, err := adopt(file)
	if err != nil {
		return nil, errors.Join(err, file.Close())
	}
	return m, nil
}

func adopt(file *os.File) (*Memory, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != size() {
		return nil, fmt.Errorf("%s: %d octets instead of %d", file.Name(), info.Size(), size())
	}
	m, err := attach(file)
	if err == nil && m.words[extra(layoutWord)].Load() != layout() {
		return nil, fmt.Errorf("%s: figures of another version", file.Name())
	}
	return m, err
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

// Since returns the time since which the figures have been counted: now, if no process has
// called it before.
func (m *Memory) Since(now time.Time) time.Time {
	m.words[extra(sinceWord)].CompareAndSwap(0, uint64(now.UnixNano()))
	return time.Unix(0, int64(m.words[extra(sinceWord)].Load()))
}

// read returns a copy of all words.
func (m *Memory) read() []uint64 {
	all := make([]uint64, len(m.words))
	for i := range m.words {
		all[i] = m.words[i].Load()
	}
	return all
}
