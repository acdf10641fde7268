package listen

import (
	"log/slog"
	"net"
	"strings"

	"tpops/pkg/config"
	"tpops/pkg/control"
	"tpops/pkg/sd"
)

// Metrics returns the listener of the metrics: the socket with the name metrics that
// systemd passed, or else that of the parameter. It is nil if there is none. The group
// admins may use a Unix socket, unless that is -1. The caller closes the listener.
func Metrics(c *config.Config, passed []sd.Socket, admins int, log *slog.Logger) (net.Listener, error) {
	for _, socket := range OfKind(passed, sd.Listening) {
		if isMetrics(socket) {
			return socket.Listener()
		}
	}
	switch address := c.Run.Metrics; {
	case address == "":
		return nil, nil
	case strings.HasPrefix(address, "/"):
		l, err := control.Listen(address, admins)
		if l == nil {
			return nil, c.Problem("metrics-listen", err)
		}
		if err != nil {
			log.Warn("metrics socket limited", slog.String("file", address), slog.Any("error", err))
		}
		return l, nil
	default:
		l, err := net.Listen("tcp", address)
		if err != nil {
			return nil, c.Problem("metrics-listen", err)
		}
		return l, nil
	}
}
