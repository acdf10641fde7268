package dovecot

import (
	"bufio"
	"context"
	"errors"
	"net"
)

// dial connects to the socket and exchanges handshakes.
func (l *link) dial(ctx context.Context) (*conn, error) {
	ctx, cancel := l.limit(ctx)
	defer cancel()
	socket, err := l.open(ctx, "unix", l.path)
	switch {
	case err != nil && ctx.Err() != nil:
		return nil, endOf(ctx)
	case err != nil:
		return nil, reason(err)
	}
	stop := context.AfterFunc(ctx, func() { socket.Close() })
	from := bufio.NewReaderSize(socket, maxReply)
	_, err = socket.Write([]byte(l.role.hello))
	var mechanisms []string
	if err == nil {
		mechanisms, err = l.role.readHandshake(from)
	}
	if !stop() {
		err = endOf(ctx)
	}
	if err != nil {
		socket.Close()
		return nil, err
	}
	return newConn(socket, from, mechanisms, l.timeout), nil
}

// reason returns the error of a dial without the address, which about adds.
func reason(err error) error {
	var op *net.OpError
	if errors.As(err, &op) {
		return op.Err
	}
	return err
}
