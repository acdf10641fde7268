package control

import (
	"encoding/binary"
	"errors"
	"fmt"
	"net"
	"os"
	"os/user"
	"slices"
	"strconv"
	"strings"
	"unsafe"

	"golang.org/x/sys/unix"
)

// adminGroup is the name of the group whose members may use the socket.
const adminGroup = "tpops-admin"

// noGroup is the id of a group that does not exist.
const noGroup = -1

// Admins returns the id of adminGroup, -1 if the system has no such group, or if the user
// namespace of the process (PrivateUsers= in a unit) has none: there a socket cannot be given
// to the group, and members are not recognised. Call it before the process is confined. The
// error is that of the group database.
func Admins() (int, error) {
	group, err := user.LookupGroup(adminGroup)
	if errors.As(err, new(user.UnknownGroupError)) {
		return noGroup, nil
	}
	if err != nil {
		return noGroup, err
	}
	gid, err := strconv.Atoi(group.Gid)
	if err != nil {
		return noGroup, err
	}
	if ranges, err := os.ReadFile("/proc/self/gid_map"); err == nil && !isMapped(string(ranges), gid) {
		return noGroup, nil
	}
	return gid, nil
}

// isMapped reports whether a group id is in one of the ranges of a user namespace, lines as
// in /proc/self/gid_map: first id in the namespace, first id outside, number of ids. See
// user_namespaces(7).
func isMapped(ranges string, gid int) bool {
	for line := range strings.Lines(ranges) {
		var first, outside, count int
		if _, err := fmt.Sscan(line, &first, &outside, &count); err == nil && gid >= first && gid-first < count {
			return true
		}
	}
	return false
}

// Peer is the process at the other end of a connection, as the kernel reports it for
// the time of its connect.
type Peer struct {
	UID, GID, PID int
	groups        []uint32 // supplementary ones
}

// peerOf returns the peer of a connection. The error is that of the system.
func peerOf(conn *net.UnixConn) (p Peer, err error) {
	raw, err := conn.SyscallConn()
	if err != nil {
		return p, err
	}
	controlErr := raw.Control(func(fd uintptr) {
		var creds *unix.Ucred
		if creds, err = unix.GetsockoptUcred(int(fd), unix.SOL_SOCKET, unix.SO_PEERCRED); err != nil {
			return
		}
		p = Peer{UID: int(creds.Uid), GID: int(creds.Gid), PID: int(creds.Pid)}
		p.groups, err = peerGroups(int(fd))
	})
	return p, errors.Join(controlErr, os.NewSyscallError("getsockopt", err))
}

// peerGroups returns the supplementary groups of the peer of a socket.
func peerGroups(fd int) ([]uint32, error) {
	octets := make([]byte, 4*64)
	for {
		size := uint32(len(octets))
		_, _, errno := unix.Syscall6(unix.SYS_GETSOCKOPT, uintptr(fd), unix.SOL_SOCKET, unix.SO_PEERGROUPS,
			uintptr(unsafe.Pointer(&octets[0])), uintptr(unsafe.Pointer(&size)), 0)
		switch {
		case errno == unix.ERANGE && int(size) > len(octets):
			octets = make([]byte, size)
			continue
		case errno != 0:
			return nil, errno
		}
		groups := make([]uint32, size/4)
		for i := range groups {
			groups[i] = binary.NativeEndian.Uint32(octets[4*i:])
		}
		return groups, nil
	}
}

// isPermitted reports whether a peer may use the socket of a process with the user id
// own, where admins is the id of adminGroup or -1.
func (p *Peer) isPermitted(own, admins int) bool {
	return p.UID == 0 || p.UID == own ||
		admins >= 0 && (p.GID == admins || slices.Contains(p.groups, uint32(admins)))
}
