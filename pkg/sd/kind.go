package sd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Kind says what can be done with a descriptor.
type Kind int

// The kinds of descriptors.
const (
	Neither   Kind = iota // nothing that belongs here
	Listening             // a stream socket that accepts connections
	Connected             // a stream socket with a client at the other end
	Stored                // what an earlier process left: a file in memory, one end of a socket pair
)

// String returns the kind's name, in small letters.
func (k Kind) String() string {
	return [...]string{"neither", "listening", "connected", "stored"}[k]
}

// ErrNotConnected is the error for a stream socket that neither listens nor
// has a client. A connection is in this state when its client has gone before
// anybody looked, which is no fault of anyone here.
var ErrNotConnected = errors.New("socket is not connected")

// inspect asks the kernel what a descriptor is. The address is the local one,
// nil but for sockets of kind Listening and Connected. A Neither comes with an
// error that says what was found.
func inspect(fd int) (Kind, net.Addr, error) {
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return Neither, nil, err
	}
	switch status.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		// Only files in memory have seals. The Go runtime has others open,
		// which must not be taken for passed ones.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err == nil {
			return Stored, nil, nil
		}
	case unix.S_IFSOCK:
		return inspectSocket(fd)
	}
	return Neither, nil, fmt.Errorf("neither a socket nor a file in memory (mode %#o)", status.Mode)
}

func inspectSocket(fd int) (Kind, net.Addr, error) {
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return Neither, nil, err
	}
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil {
		return Neither, nil, err
	}
	local, err := unix.Getsockname(fd)
	if err != nil {
		return Neither, nil, err
	}
	_, isUnix := local.(*unix.SockaddrUnix)
	switch {
	case typ == unix.SOCK_SEQPACKET && isUnix && listens == 0:
		return Stored, nil, nil
	case typ != unix.SOCK_STREAM:
		return Neither, nil, fmt.Errorf("no stream socket (type %d)", typ)
	}
	addr, err := address(local)
	switch {
	case err != nil:
		return Neither, nil, err
	case listens != 0:
		return Listening, addr, nil
	}
	if _, err := unix.Getpeername(fd); err != nil {
		return Neither, nil, fmt.Errorf("%w: %w", ErrNotConnected, err)
	}
	return Connected, addr, nil
}

// address returns an address of the families that are served.
func address(of unix.Sockaddr) (net.Addr, error) {
	switch a := of.(type) {
	case *unix.SockaddrInet4:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))), nil
	case *unix.SockaddrInet6:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))), nil
	case *unix.SockaddrUnix:
		name := a.Name
		if name == "@" { // how a socket without a name reads
			name = ""
		}
		return &net.UnixAddr{Name: name, Net: "unix"}, nil
	}
	return nil, fmt.Errorf("socket of another address family (%T)", of)
}
