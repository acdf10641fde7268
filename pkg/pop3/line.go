package pop3

import (
	"time"

	"golang.org/x/sys/unix"
)

// When a client is gone: it has acknowledged nothing for so long, although the kernel
// has asked for it so many times. Each check asks once more.
const (
	goneTime   = 10 * time.Second
	goneProbes = 3
)

// keepIdle is after how long the kernel asks an idle client for an acknowledgement, the
// default of package net.
const keepIdle = 15 // seconds

// line is what the kernel knows of a TCP connection.
type line struct {
	known         bool
	closed        bool // by a reset, or because the kernel has given up
	probes        int  // how often the kernel has sent something again, or has asked, without an answer
	unanswered    time.Duration
	sinceSent     time.Duration
	sinceReceived time.Duration
	unsent        int // octets that the client has not acknowledged
}

// lineOf asks the kernel, and makes it ask an idle client.
func lineOf(conn controller) (l line) {
	if conn == nil {
		return line{}
	}
	_ = conn.Control(func(fd uintptr) { l = readLine(int(fd)) }) // A closed connection is not known.
	return l
}

func readLine(fd int) line {
	info, err := unix.GetsockoptTCPInfo(fd, unix.IPPROTO_TCP, unix.TCP_INFO)
	if err != nil {
		return line{}
	}
	unsent, err := unix.IoctlGetInt(fd, unix.TIOCOUTQ)
	if err != nil {
		return line{}
	}
	_ = unix.SetsockoptInt(fd, unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1)
	// The kernel asks at once if the client has been idle for so long (tcp_sock_set_keepidle).
	_ = unix.SetsockoptInt(fd, unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, keepIdle)
	return line{
		known: true, closed: info.State == unix.BPF_TCP_CLOSE, probes: int(max(info.Retransmits, info.Probes)),
		unanswered: milliseconds(info.Last_ack_recv), sinceSent: milliseconds(info.Last_data_sent),
		sinceReceived: milliseconds(info.Last_data_recv), unsent: unsent,
	}
}

func milliseconds(n uint32) time.Duration { return time.Duration(n) * time.Millisecond }

// dead reports whether the client cannot get anything any more.
func (l *line) dead() bool {
	return l.known && (l.closed || l.probes >= goneProbes && l.unanswered >= goneTime)
}
