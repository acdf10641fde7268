package guard

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
	"sync"
	"sync/atomic"
	"time"
	"unsafe"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

// Memory is what guards remember. Goroutines share it, and processes: those
// that inherit its File attach it. It is not given back before the process
// ends.
type Memory struct {
	file   *os.File
	data   []byte // all of it, as it is mapped
	header *header
	words  *words
	slots  []slot

	places []atomic.Pointer[place] // of this process, by number of the slot
	free   atomic.Int64            // before which slot there is hardly a free one
	pid    uint64
	now    func() time.Time

	using    sync.Mutex // against Detach
	detached bool
}

// header begins the shared memory.
type header struct {
	version uint64
	key     [keySize]byte // of the hashes
	begun   int64         // seconds of Unix time, from which the tables count
	arrived atomic.Uint64 // connections so far
	used    atomic.Uint64 // slots from the first on that were ever claimed

	processors processors // for checks of passwords
}

// layoutVersion changes with anything in the shared memory.
const layoutVersion = 0x74706f7073_0002

// words are the tables of the shared memory.
type words struct {
	addresses table // failed logins of addresses
	users     table // of users, and of pairs of address and user that are known
	known     table // addresses and pairs from which a login succeeded
	tried     table // digests of passwords that failed
}

// New returns an empty memory for at least so many connections at once. The
// error is that of the system.
func New(connections int) (*Memory, error) {
	file, err := memfd.New("tpops-guard")
	if err != nil {
		return nil, fmt.Errorf("guard: make shared memory: %w", err)
	}
	m, err := create(file, connections)
	if err != nil {
		return nil, fmt.Errorf("guard: %w", errors.Join(err, file.Close()))
	}
	return m, nil
}

func create(file *os.File, connections int) (*Memory, error) {
	if err := file.Truncate(size(connections)); err != nil {
		return nil, err
	}
	// No process that has the file can truncate it under the others.
	seals := unix.F_SEAL_SHRINK | unix.F_SEAL_GROW | unix.F_SEAL_SEAL
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, seals); err != nil {
		return nil, err
	}
	m, err := attach(file)
	if err != nil {
		return nil, err
	}
	rand.Read(m.header.key[:])
	m.header.begun = m.now().Unix()
	m.header.processors.init()
	m.header.version = layoutVersion
	return m, nil
}

// Attach returns the memory of another process, whose File this is. It owns
// the file from then on, unless there is an error: the file is not one of
// those, or is for fewer connections than are asked for.
func Attach(file *os.File, connections int) (*Memory, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 || info.Size() < size(connections) {
		return nil, errors.New("guard: not a memory that can be used here")
	}
	m, err := attach(file)
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	if m.header.version != layoutVersion {
		return nil, errors.New("guard: memory of another version")
	}
	return m, nil
}

// File returns the file that other processes attach. It stays the Memory's.
func (m *Memory) File() *os.File { return m.file }

// slotsFor returns how many places there are: sessions that are resumed come
// on top of those that are accepted.
func slotsFor(connections int) int { return 2*connections + 64 }

func size(connections int) int64 {
	return int64(unsafe.Sizeof(header{}) + unsafe.Sizeof(words{}) + uintptr(slotsFor(connections))*unsafe.Sizeof(slot{}))
}

// attach maps the file. All of what is in it are words of their natural size
// at their natural alignment.
func attach(file *os.File) (*Memory, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	wordsAt := unsafe.Sizeof(header{})
	slotsAt := wordsAt + unsafe.Sizeof(words{})
	count := (uintptr(len(data)) - slotsAt) / unsafe.Sizeof(slot{})
	return &Memory{
		file:   file,
		data:   data,
		header: (*header)(unsafe.Pointer(&data[0])),
		words:  (*words)(unsafe.Pointer(&data[wordsAt])),
		slots:  unsafe.Slice((*slot)(unsafe.Pointer(&data[slotsAt])), count),
		places: make([]atomic.Pointer[place], count),
		pid:    uint64(os.Getpid()),
		now:    time.Now,
	}, nil
}
