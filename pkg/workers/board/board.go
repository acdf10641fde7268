// Package board is the memory in which a child process shows its session to its parent.
// Each child has a memory of its own, so that none can change what another one shows.
package board

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

// size is the size of the memory in octets: two pages, and the ring.
const size = 2*pageSize + int(unsafe.Sizeof(ring{}))

const pageSize = 4096

// memory is the layout.
type memory struct {
	own    page // the session of the child
	holder page // the session that has the Maildir which the child wants to lock
}

// page shows a session. It is read while it is written: sequence is odd during a change.
type page struct {
	sequence atomic.Uint64
	length   atomic.Uint64 // of the text in octets, 0 without a session
	sent     atomic.Uint64 // octets sent since the text was written
	kick     atomic.Uint64 // number of the session that has to end
	over     atomic.Uint64 // number of the session that has to end if its client is gone
	logins   atomic.Uint64 // of all sessions so far
	loggedIn atomic.Uint64 // 1 while the session has a mailbox
	text     [textWords]atomic.Uint64
}

// textWords is how many words a text has at most.
const textWords = pageSize/8 - 7

// Board is the memory of a child. The child calls Show, Sent, Hide, LogIn and Line in one
// goroutine, Holder, Kicked, IsWanted and Wants in any; the parent calls the other methods in one
// goroutine.
type Board struct {
	data   []byte
	memory *memory
	ring   *ring
	taken  uint64 // octets of the ring that the parent has read
	asked  time.Time
}

// New returns the memory for a child, and the file to pass to it, which the caller
// closes. The error is that of the system.
func New() (*Board, *os.File, error) {
	file, err := memfd.New("tpops-board")
	if err != nil {
		return nil, nil, err
	}
	b, err := create(file)
	if err != nil {
		return nil, nil, errors.Join(err, file.Close())
	}
	return b, file, nil
}

func create(file *os.File) (*Board, error) {
	if err := file.Truncate(int64(size)); err != nil {
		return nil, err
	}
	// Otherwise a child could truncate the file, and reading would kill the parent.
	if _, err := unix.FcntlInt(file.Fd(), unix.F_ADD_SEALS, unix.F_SEAL_SHRINK|unix.F_SEAL_GROW|unix.F_SEAL_SEAL); err != nil {
		return nil, err
	}
	return attach(file)
}

// Attach returns the memory that the parent has passed, and closes the file. The error
// is that of the system, or that the file is none of New.
func Attach(file *os.File) (*Board, error) {
	defer file.Close() // The mapping stays.
	info, err := file.Stat()
	if err != nil {
		return nil, err
	}
	if info.Size() != int64(size) {
		return nil, fmt.Errorf("%s: %d octets instead of %d", file.Name(), info.Size(), size)
	}
	return attach(file)
}

func attach(file *os.File) (*Board, error) {
	data, err := unix.Mmap(int(file.Fd()), 0, size, unix.PROT_READ|unix.PROT_WRITE, unix.MAP_SHARED)
	if err != nil {
		return nil, os.NewSyscallError("mmap", err)
	}
	return &Board{data: data, memory: (*memory)(unsafe.Pointer(&data[0])), ring: (*ring)(unsafe.Pointer(&data[2*pageSize]))}, nil
}

// Close gives the memory back. No other method may be called afterwards.
func (b *Board) Close() error { return unix.Munmap(b.data) }

// Show shows a session. Long texts are cut.
func (b *Board) Show(info *pop3.SessionInfo) { b.memory.own.show(info) }

// Sent adds octets to those that the session has sent.
func (b *Board) Sent(octets int) { b.memory.own.sent.Add(uint64(octets)) }

// ShowHolder shows the session that has the Maildir which the child wants to lock.
func (b *Board) ShowHolder(info *pop3.SessionInfo) { b.memory.holder.show(info) }

// HideHolder shows that no session of the daemon has the Maildir.
func (b *Board) HideHolder() { b.memory.holder.write(nil) }

// askInterval is the least time between two questions of a child that MayAsk allows.
const askInterval = 100 * time.Millisecond

// MayAsk reports whether the parent answers a question of the child. One that was taken
// over could ask all the time.
func (b *Board) MayAsk(now time.Time) bool {
	if now.Sub(b.asked) < askInterval {
		return false
	}
	b.asked = now
	return true
}

// Holder returns what the parent has shown last, for this login or an earlier one; false
// if there is nothing.
func (b *Board) Holder() (pop3.SessionInfo, bool) { return b.memory.holder.read() }

// Kick marks a session as one that has to end. The child ends it when it gets the order.
func (b *Board) Kick(id string) { b.memory.own.kick.Store(number(id)) }

// Kicked reports whether the session was marked.
func (b *Board) Kicked(id string) bool { return b.memory.own.kick.Load() == number(id) }

// TakeOver marks a session whose Maildir another login wants. The child decides when it gets
// the order. The mark of Kick is another one: each order has its own session.
func (b *Board) TakeOver(id string) { b.memory.own.over.Store(number(id)) }

// IsWanted reports whether TakeOver has marked the session.
func (b *Board) IsWanted(id string) bool { return b.memory.own.over.Load() == number(id) }

// number returns a number for a session, which is never 0.
func number(id string) uint64 {
	h := fnv.New64a()
	h.Write([]byte(id))
	return h.Sum64() | 1
}

func (m *page) show(info *pop3.SessionInfo) {
	var room [textWords * 8]byte
	m.write(encode(room[:0], info))
}

// write replaces the text.
func (m *page) write(text []byte) {
	m.sequence.Add(1)
	m.length.Store(uint64(len(text)))
	m.sent.Store(0)
	for i := 0; i*8 < len(text); i++ {
		var word [8]byte
		copy(word[:], text[i*8:])
		m.text[i].Store(*(*uint64)(unsafe.Pointer(&word[0])))
	}
	m.sequence.Add(1)
}

// attempts is how often Read reads a text that changes meanwhile.
const attempts = 100

// Read returns the session, false if there is none, or if the child has written
// anything else. The texts are bounded, but those of a client.
func (b *Board) Read() (pop3.SessionInfo, bool) { return b.memory.own.read() }

func (m *page) read() (pop3.SessionInfo, bool) {
	for range attempts {
		before := m.sequence.Load()
		length := min(m.length.Load(), textWords*8)
		sent := m.sent.Load()
		text := make([]byte, (length+7)/8*8)
		for i := 0; i*8 < len(text); i++ {
			*(*uint64)(unsafe.Pointer(&text[i*8])) = m.text[i].Load()
		}
		if before%2 == 1 || m.sequence.Load() != before {
			continue
		}
		info, ok := decode(text[:length])
		info.Sent += int64(sent)
		return info, ok
	}
	return pop3.SessionInfo{}, false
}
