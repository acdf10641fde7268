package sd

import (
	"errors"
	"fmt"
	"io"
	"os"
	"syscall"

	"golang.org/x/sys/unix"

	"tpops/pkg/memfd"
)

// errBegun is the error of Unpack for a parcel of which another process has read the beginning:
// it was killed before it had the rest.
var errBegun = errors.New("the process that began to read it was killed")

// Unpack reads a parcel from the receiving end that Pack has returned. It closes that, also
// after an error. The caller closes the Parcel. All descriptors are close-on-exec. Unpack
// never waits.
//
// The error is that Pack has not made the parcel. Everything received is closed then.
// Reasons are another version, a state that is not sealed or has another size, and missing,
// additional or unordered messages or descriptors. Descriptors are also missing if
// LimitNOFILE= is too small.
func Unpack(receiver *os.File) (*Parcel, error) {
	defer receiver.Close()
	raw, err := receiver.SyscallConn()
	if err != nil {
		return nil, fmt.Errorf("unpack: %w", err)
	}
	p := &Parcel{}
	controlErr := raw.Control(func(fd uintptr) { err = p.receive(int(fd)) })
	if err := errors.Join(controlErr, err); err != nil {
		_ = p.Close() // The other error is the reason.
		return nil, fmt.Errorf("unpack: %w", err)
	}
	return p, nil
}

// receive reads all messages. p contains what was received, also after an error.
func (p *Parcel) receive(socket int) error {
	b := newInbox(socket)
	first, files, err := b.message(0)
	if len(files) > 0 {
		p.State = files[0]
		p.Files = files[1:] // After an error there may be any number.
	}
	if err != nil {
		return err
	}
	if err := checkState(p.State, first.state); err != nil {
		return fmt.Errorf("state: %w", err)
	}
	reserve(socket, int(first.files))
	for i := uint32(1); i < first.messages(); i++ {
		h, files, err := b.message(i)
		p.Files = append(p.Files, files...)
		if err != nil {
			return fmt.Errorf("message %d of %d: %w", i, first.messages(), err)
		}
		if h.files != first.files || h.state != first.state {
			return fmt.Errorf("message %d of %d: of another parcel", i, first.messages())
		}
	}
	_, files, err = b.next()
	p.Files = append(p.Files, files...)
	if !errors.Is(err, io.EOF) {
		return errors.Join(errors.New("no end after the last message"), err)
	}
	return nil
}

// reserve enlarges the process's table of descriptors by n in one step. Otherwise the
// kernel doubles it several times. Each time it waits until no processor reads the old
// table, which may take tens of milliseconds.
func reserve(fd, n int) {
	// Beyond the limit there is an error, which receiving returns too.
	if high, err := unix.FcntlInt(uintptr(fd), unix.F_DUPFD_CLOEXEC, fd+n); err == nil {
		_ = unix.Close(high)
	}
}

// checkState returns an error for a file that is not sealed or has another size, and sets
// its offset to 0.
func checkState(file *os.File, size uint64) error {
	seals, err := unix.FcntlInt(file.Fd(), unix.F_GET_SEALS, 0)
	if err != nil {
		return fmt.Errorf("seals: %w", err)
	}
	if seals&memfd.Sealed != memfd.Sealed {
		return fmt.Errorf("not sealed (%#x)", seals)
	}
	info, err := file.Stat()
	if err != nil {
		return err
	}
	if uint64(info.Size()) != size {
		return fmt.Errorf("of %d bytes, not %d", info.Size(), size)
	}
	_, err = file.Seek(0, io.SeekStart)
	return err
}

// inbox reads messages from a socket.
type inbox struct {
	socket  int
	data    []byte
	control []byte
}

func newInbox(socket int) *inbox {
	return &inbox{
		socket: socket,
		data:   make([]byte, headerSize),
		// Room for all descriptors of a message, and for unexpected credentials.
		control: make([]byte, unix.CmsgSpace(4*maxDescriptors)+256),
	}
}

// message receives the message with this index. It returns files also with an error. The
// caller closes them.
func (b *inbox) message(index uint32) (header, []*os.File, error) {
	data, files, err := b.next()
	if err != nil {
		return header{}, files, err
	}
	h, err := decodeHeader(data)
	switch {
	case err != nil:
	case index == 0 && h.index > 0:
		err = errBegun
	case h.index != index:
		err = fmt.Errorf("another message, %d", h.index)
	case len(files) != h.descriptors():
		err = fmt.Errorf("%d descriptors instead of %d", len(files), h.descriptors())
	}
	return h, files, err
}

// next receives any message, like message. The data is valid until the next call. At the
// end the error is io.EOF.
func (b *inbox) next() ([]byte, []*os.File, error) {
	const flags = unix.MSG_DONTWAIT | unix.MSG_CMSG_CLOEXEC
	n, controls, got, _, err := unix.Recvmsg(b.socket, b.data, b.control, flags)
	if err != nil {
		return nil, nil, err
	}
	files, err := received(b.control[:controls])
	switch {
	case err != nil:
	case got&unix.MSG_CTRUNC != 0:
		// The kernel has dropped what this process had no number left for.
		err = fmt.Errorf("descriptors are missing: %w", syscall.EMFILE)
	case got&unix.MSG_TRUNC != 0:
		err = errors.New("message is too long")
	case n == 0 && len(files) == 0:
		err = io.EOF
	}
	return b.data[:n], files, err
}

// received returns the descriptors of all parts of a control message. The kernel has
// opened all of them.
func received(control []byte) ([]*os.File, error) {
	parts, err := unix.ParseSocketControlMessage(control)
	if err != nil {
		return nil, err
	}
	var files []*os.File
	for _, part := range parts {
		fds, err := unix.ParseUnixRights(&part)
		if err != nil {
			continue // This part contains credentials.
		}
		for _, fd := range fds {
			files = append(files, os.NewFile(uintptr(fd), "parcel"))
		}
	}
	return files, nil
}
