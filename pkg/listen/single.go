package listen

import (
	"errors"
	"net"

	"tpops/pkg/daemonize"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
)

// PassedConn returns the one connection that systemd passed (Accept=yes), which the
// caller closes. The error is sd.ErrNotConnected if the client has gone, or that
// there are several.
func PassedConn(connected []sd.Socket) (net.Conn, pop3.Port, error) {
	if len(connected) > 1 {
		return nil, pop3.Port{}, errors.New("systemd passed more than one connection")
	}
	conn, err := connected[0].Conn()
	return conn, portOf(&connected[0]), err
}

// Stdin returns standard input as a connection, and replaces it with the null device:
// with inetd standard error is the connection too, and only replies may be written
// there. The caller closes the connection. The error is sd.ErrNotConnected if the
// client has gone, that it is a listening socket, or that of the system.
func Stdin() (net.Conn, pop3.Port, error) {
	socket, err := sd.Stdin()
	if err != nil {
		return nil, pop3.Port{}, err
	}
	if socket == nil {
		conn, err := daemonize.NewStdioConn()
		return conn, pop3.Port{}, err
	}
	if socket.Kind != sd.Connected {
		return nil, pop3.Port{}, errors.New("inetd: standard input is a listening socket; it has to be a connection")
	}
	conn, err := socket.Conn()
	if err != nil {
		return nil, pop3.Port{}, err
	}
	if err := daemonize.DetachStdio(); err != nil {
		return nil, pop3.Port{}, errors.Join(err, conn.Close())
	}
	return conn, portOf(socket), nil
}
