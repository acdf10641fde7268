package hook

import (
	"errors"
	"fmt"
	"net"

	"golang.org/x/sys/unix"
)

// Tell starts the program for a login, without waiting for it. It starts the helper if
// that has not been started.
func (h *Helper) Tell(l Login) {
	if h == nil {
		return
	}
	if err := h.Start(); err != nil {
		if !h.quiet.Swap(true) {
			h.failed(Login{}, fmt.Errorf("%w: %w", ErrGone, err))
		}
		return
	}
	packet, err := l.pack("")
	if err == nil {
		err = h.send(packet)
	}
	switch {
	case err == nil:
		h.busy.Store(false)
	case errors.Is(err, unix.EAGAIN):
		if !h.busy.Swap(true) {
			h.failed(l, errBusy)
		}
	case errors.Is(err, unix.EPIPE), errors.Is(err, unix.ECONNRESET), errors.Is(err, net.ErrClosed):
		// read reports the end of the helper, once.
	default:
		h.failed(l, err)
	}
}

// send sends a packet. It returns EAGAIN if the socket is full.
func (h *Helper) send(packet []byte) error {
	raw, err := h.conn.SyscallConn()
	if err != nil {
		return err
	}
	var sent error
	err = raw.Control(func(fd uintptr) {
		sent = unix.Sendto(int(fd), packet, unix.MSG_DONTWAIT|unix.MSG_NOSIGNAL, nil)
	})
	return errors.Join(err, sent)
}
