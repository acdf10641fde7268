package sd

import (
	"errors"
	"fmt"
	"net"
	"net/netip"

	"golang.org/x/sys/unix"
)

// Kind is the use of a descriptor.
type Kind int

// The kinds of descriptors.
const (
	neither   Kind = iota // of no use here
	Listening             // a stream socket that accepts connections
	Connected             // a stream socket that is connected to a client
	Stored                // stored by an earlier process: a file in memory or one end of a socket pair
)

// String returns the name of the kind in lower case.
func (k Kind) String() string {
	return [...]string{"neither", "listening", "connected", "stored"}[k]
}

// ErrNotConnected is the error of a stream socket that is neither listening nor
// connected: usually its client has disconnected.
var ErrNotConnected = errors.New("socket is not connected")

// inspect returns the kind of a descriptor, and the local address of a socket of kind
// Listening or Connected. The error is why a descriptor has no kind.
func inspect(fd int) (Kind, net.Addr, error) {
	var status unix.Stat_t
	if err := unix.Fstat(fd, &status); err != nil {
		return neither, nil, err
	}
	switch status.Mode & unix.S_IFMT {
	case unix.S_IFREG:
		// Only files in memory have seals. The Go runtime has other files open, which were
		// not passed by systemd.
		if _, err := unix.FcntlInt(uintptr(fd), unix.F_GET_SEALS, 0); err == nil {
			return Stored, nil, nil
		}
	case unix.S_IFSOCK:
		return inspectSocket(fd)
	}
	return neither, nil, fmt.Errorf("neither a socket nor a file in memory (mode %#o)", status.Mode)
}

func inspectSocket(fd int) (Kind, net.Addr, error) {
	typ, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_TYPE)
	if err != nil {
		return neither, nil, err
	}
	listens, err := unix.GetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_ACCEPTCONN)
	if err != nil {
		return neither, nil, err
	}
	local, err := unix.Getsockname(fd)
	if err != nil {
		return neither, nil, err
	}
	_, isUnix := local.(*unix.SockaddrUnix)
	switch {
	case typ == unix.SOCK_SEQPACKET && isUnix && listens == 0:
		return Stored, nil, nil
	case typ != unix.SOCK_STREAM:
		return neither, nil, fmt.Errorf("not a stream socket (type %d)", typ)
	}
	return inspectStream(fd, listens != 0, local)
}

func inspectStream(fd int, listens bool, local unix.Sockaddr) (Kind, net.Addr, error) {
	addr, err := address(local)
	switch {
	case err != nil:
		return neither, nil, err
	case listens:
		return Listening, addr, nil
	}
	if _, err := unix.Getpeername(fd); err != nil {
		return neither, nil, fmt.Errorf("%w: %w", ErrNotConnected, err)
	}
	return Connected, addr, nil
}

// address returns an address of IPv4, IPv6 or Unix sockets.
func address(of unix.Sockaddr) (net.Addr, error) {
	switch a := of.(type) {
	case *unix.SockaddrInet4:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom4(a.Addr), uint16(a.Port))), nil
	case *unix.SockaddrInet6:
		return net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.AddrFrom16(a.Addr), uint16(a.Port))), nil
	case *unix.SockaddrUnix:
		name := a.Name
		if name == "@" { // the name of a socket without a name
			name = ""
		}
		return &net.UnixAddr{Name: name, Net: "unix"}, nil
	}
	return nil, fmt.Errorf("socket of another address family (%T)", of)
}
