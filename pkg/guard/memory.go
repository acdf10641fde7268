package guard

import (
	"crypto/rand"
	"errors"
	"fmt"
	"os"
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
	*mapping
	header *header

	hasher
	history
	banList
	register
	checks
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
	m := &mapping{file: file, data: data, pid: uint64(os.Getpid()), now: time.Now}
	head := (*header)(unsafe.Pointer(&data[0]))
	slots := unsafe.Slice((*slot)(unsafe.Pointer(&data[slotsAt])), count)
	return &Memory{
		mapping:  m,
		header:   head,
		hasher:   hasher{key: &head.key},
		history:  history{mapping: m, begun: &head.begun, tables: (*tables)(unsafe.Pointer(&data[tablesAt]))},
		banList:  banList{mapping: m, bans: (*bans)(unsafe.Pointer(&data[bansAt]))},
		register: register{mapping: m, header: head, slots: slots, connections: make([]atomic.Pointer[connection], count)},
		checks:   checks{mapping: m, processors: &head.processors},
	}, nil
}
