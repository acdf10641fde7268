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

// Memory is the state of guards, which processes share: those that inherit its File
// attach it. It stays mapped until Detach or the end of the process. Goroutines may
// share it.
type Memory struct {
	file   *os.File
	data   []byte // the mapping
	header *header
	tables *tables
	bans   *bans
	slots  []slot

	connections []atomic.Pointer[connection] // of this process, by number of the slot
	free        atomic.Int64                 // slot at which to begin to look for a free one
	pid         uint64
	now         func() time.Time

	banning  sync.Mutex // held while bans are changed
	using    sync.Mutex // held while the memory must not be unmapped
	detached bool
}

// header is at the beginning of the shared memory.
type header struct {
	version uint64
	key     [keySize]byte // of the hashes
	begun   int64         // Unix time in seconds at which the time of the tables begins
	arrived atomic.Uint64 // connections so far
	used    atomic.Uint64 // number of the highest slot ever claimed, plus 1

	processors processors // for checks of passwords
}

// layoutVersion is the version of the layout of the shared memory, which systemd
// keeps over a restart. Change it with the layout.
const layoutVersion = 0x74706f7073_0003

// tables are the tables of the shared memory.
type tables struct {
	addresses table // failed logins by address
	users     table // failed logins by user, and by pair of address and user
	known     table // successful logins by address, and by pair of address and user
	passwords table // digests of passwords that have failed
}

// New returns an empty memory for at least so many connections at once. Its errors
// are those of the system.
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
	// Otherwise a process could truncate the file while others use it.
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

// Attach returns the memory of another process, which has passed its File. The
// Memory owns the file from then on. It fails, and leaves the file open, if the file
// is not such a memory, is of another version, or is for fewer connections.
func Attach(file *os.File, connections int) (*Memory, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil || seals&unix.F_SEAL_SHRINK == 0 || info.Size() < size(connections) {
		return nil, errors.New("guard: the file is not a shared memory of the size that is needed")
	}
	m, err := attach(file)
	if err != nil {
		return nil, fmt.Errorf("guard: %w", err)
	}
	if m.header.version != layoutVersion {
		return nil, errors.New("guard: the shared memory is of another version of TPOPS")
	}
	return m, nil
}

// File returns the file that other processes attach. Do not close it.
func (m *Memory) File() *os.File { return m.file }

// slotsFor returns the number of slots: sessions may be resumed in addition to
// those that are accepted.
func slotsFor(connections int) int { return 2*connections + 64 }

func size(connections int) int64 {
	return int64(unsafe.Sizeof(header{}) + unsafe.Sizeof(tables{}) + unsafe.Sizeof(bans{}) + uintptr(slotsFor(connections))*unsafe.Sizeof(slot{}))
}

// attach maps the file. All fields in it are naturally aligned words.
func attach(file *os.File) (*Memory, error) {
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	data, err := unix.Mmap(int(file.Fd()), 0, int(info.Size()), unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, err
	}
	tablesAt := unsafe.Sizeof(header{})
	bansAt := tablesAt + unsafe.Sizeof(tables{})
	slotsAt := bansAt + unsafe.Sizeof(bans{})
	count := (uintptr(len(data)) - slotsAt) / unsafe.Sizeof(slot{})
	return &Memory{
		file:        file,
		data:        data,
		header:      (*header)(unsafe.Pointer(&data[0])),
		tables:      (*tables)(unsafe.Pointer(&data[tablesAt])),
		bans:        (*bans)(unsafe.Pointer(&data[bansAt])),
		slots:       unsafe.Slice((*slot)(unsafe.Pointer(&data[slotsAt])), count),
		connections: make([]atomic.Pointer[connection], count),
		pid:         uint64(os.Getpid()),
		now:         time.Now,
	}, nil
}
