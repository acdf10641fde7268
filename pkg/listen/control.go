package listen

import (
	"errors"
	"fmt"
	"log/slog"
	"net"

	"tpops/pkg/config"
	"tpops/pkg/control"
	"tpops/pkg/sd"
)

// Control returns the listener of the control socket: the socket with the name control that
// systemd passed, or else that of the parameter. It is nil if there is none. If the
// default path cannot be used, this is logged; for any other path it is an error. The
// caller closes the listener.
func Control(c *config.Config, passed []sd.Socket, admins int, log *slog.Logger) (net.Listener, error) {
	for _, socket := range OfKind(passed, sd.Listening) {
		if isControl(socket) {
			return controlOf(&socket)
		}
	}
	path := c.Run.Control
	if path == "none" {
		return nil, nil
	}
	l, err := control.Listen(path, admins)
	switch {
	case err == nil:
		return l, nil
	case l == nil && path != control.DefaultPath:
		return nil, c.Problem("control-socket", err)
	}
	log.Warn("control socket limited", slog.String("file", path), slog.Any("error", err))
	return l, nil
}

// controlOf returns the listener of a socket that systemd passed.
func controlOf(socket *sd.Socket) (net.Listener, error) {
	l, err := socket.Listener()
	if err != nil {
		return nil, err
	}
	if _, isUnix := l.(*net.UnixListener); !isUnix {
		return nil, errors.Join(fmt.Errorf("passed socket %q: not a unix socket", socket.Name), l.Close())
	}
	return l, nil
}
