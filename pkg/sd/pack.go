package sd

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"syscall"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

const sendBuffer = 1 << 20 // octets; the kernel doubles and caps it (net.core.wmem_max)

// Pack puts a state and descriptors into a parcel and returns its receiving end. The
// caller stores that and closes it. state writes the state, of at most 1 GiB. files are
// *os.File or connections of package net, at most MaxFiles. They remain open; the caller
// closes them. Pack never waits.
//
// The kernel limits the descriptors in flight of all processes of the user to LimitNOFILE=.
// With more the error is ETOOMANYREFS. The process that unpacks them needs the same limit.
// EAGAIN means that net.core.wmem_max is too small for the buffer of the socket. After an
// error no descriptor is in flight.
func Pack(state func(io.Writer) error, files []syscall.Conn) (*os.File, error) {
	receiver, err := pack(state, files)
	if err != nil {
		return nil, fmt.Errorf("pack %d descriptors: %w", len(files), err)
	}
	return receiver, nil
}

func pack(state func(io.Writer) error, files []syscall.Conn) (_ *os.File, err error) {
	if len(files) > MaxFiles {
		return nil, fmt.Errorf("more than %d", MaxFiles)
	}
	memory, size, err := seal(state)
	if err != nil {
		return nil, fmt.Errorf("state: %w", err)
	}
	defer memory.Close()
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_SEQPACKET|unix.SOCK_CLOEXEC|unix.SOCK_NONBLOCK, 0)
	if err != nil {
		return nil, fmt.Errorf("socketpair: %w", err)
	}
	defer unix.Close(pair[0])
	receiver := os.NewFile(uintptr(pair[1]), "parcel")
	// The default is sufficient for 69,500 descriptors. A larger buffer is a reserve,
	// because kernels count differently.
	_ = unix.SetsockoptInt(pair[0], unix.SOL_SOCKET, unix.SO_SNDBUF, sendBuffer)
	if err := sendAll(pair[0], memory, size, files); err != nil {
		return nil, errors.Join(err, receiver.Close()) // Closing the receiver closes the descriptors in flight.
	}
	return receiver, nil
}

// sendAll sends all messages.
func sendAll(socket int, memory *os.File, size uint64, files []syscall.Conn) error {
	h := header{files: uint32(len(files)), state: size}
	if err := sendPart(socket, h, []syscall.Conn{memory}); err != nil {
		return err
	}
	for part := range slices.Chunk(files, perMessage) {
		h.index++
		if err := sendPart(socket, h, part); err != nil {
			return fmt.Errorf("message %d: %w", h.index, err)
		}
	}
	return nil
}

func sendPart(socket int, h header, files []syscall.Conn) error {
	return withDescriptors(files, func(fds []int) error {
		return unix.Sendmsg(socket, h.encode(), unix.UnixRights(fds...), nil, unix.MSG_NOSIGNAL|unix.MSG_DONTWAIT)
	})
}

// seal returns a sealed file in memory with the state, and its size in bytes.
func seal(state func(io.Writer) error) (*os.File, uint64, error) {
	file, err := memfd.New("tpops-state")
	if err != nil {
		return nil, 0, err
	}
	w := &bounded{to: bufio.NewWriterSize(file, 1<<16), left: maxState}
	err = state(w)
	if err == nil {
		err = w.to.Flush()
	}
	if err == nil {
		err = memfd.Seal(file)
	}
	if err != nil {
		return nil, 0, errors.Join(err, file.Close())
	}
	return file, uint64(maxState - w.left), nil
}

// bounded writes at most left bytes.
type bounded struct {
	to   *bufio.Writer
	left int
}

// Write returns an error for data beyond the limit.
func (b *bounded) Write(p []byte) (int, error) {
	if len(p) > b.left {
		return 0, fmt.Errorf("more than %d octets", maxState)
	}
	n, err := b.to.Write(p)
	b.left -= n
	return n, err
}
