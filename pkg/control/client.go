package control

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"syscall"
	"time"
)

var (
	// ErrNotRunning is the error of Dial if no process listens at the path.
	ErrNotRunning = errors.New("tpops is not running")
	// ErrNotPermitted is the error if the user may not use the socket.
	ErrNotPermitted = errors.New("not permitted")
)

const (
	// maxAnswer bounds a line of an answer, in octets.
	maxAnswer = 1 << 20
	// dialWait is how long Dial tries again while the queue of the socket is full.
	dialWait = 10 * time.Second
	// dialPause is how long it waits in between.
	dialPause = 20 * time.Millisecond
)

// Client is a connection to a daemon. One goroutine at a time may use it. The caller
// closes it.
type Client struct {
	Hello Hello
	conn  net.Conn
	lines *lineReader
}

// Dial connects to the socket at path. The error is ErrNotRunning, ErrNotPermitted, an
// *Error of the daemon, or that of the system. The connection is closed with ctx.
func Dial(ctx context.Context, path string) (*Client, error) {
	conn, err := dial(ctx, path)
	switch {
	case errors.Is(err, os.ErrNotExist), errors.Is(err, syscall.ECONNREFUSED):
		return nil, fmt.Errorf("%w: no process listens at %s", ErrNotRunning, path)
	case errors.Is(err, os.ErrPermission):
		return nil, fmt.Errorf("%w: only root and the members of group %s may use %s", ErrNotPermitted, adminGroup, path)
	case err != nil:
		return nil, err
	}
	context.AfterFunc(ctx, func() { _ = conn.Close() })
	c := &Client{conn: conn, lines: newLineReader(conn, maxAnswer)}
	first, err := c.read()
	if err == nil && first.Hello == nil {
		err = errors.New("the control socket is that of another program")
	}
	if err != nil {
		return nil, errors.Join(err, c.Close())
	}
	c.Hello = *first.Hello
	return c, nil
}

// dial connects, and waits while the queue of the socket is full.
func dial(ctx context.Context, path string) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, dialWait)
	defer cancel()
	for {
		conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
		if !errors.Is(err, syscall.EAGAIN) {
			return conn, err
		}
		select {
		case <-time.After(dialPause):
		case <-ctx.Done():
			return nil, err
		}
	}
}

// Close closes the connection.
func (c *Client) Close() error { return c.conn.Close() }

// Do sends a request and passes each row to row, which may be nil for an answer without rows. It
// returns the value that ends the answer. The error is that of row, an *Error of the
// daemon, or that of the connection, which is of no use then.
func (c *Client) Do(command string, arguments any, row func(json.RawMessage) error) (end json.RawMessage, err error) {
	encoded, err := json.Marshal(arguments)
	if err != nil {
		return nil, err
	}
	line, err := json.Marshal(request{protocol, command, encoded})
	if err != nil {
		return nil, err
	}
	if _, err := c.conn.Write(append(line, '\n')); err != nil {
		return nil, err
	}
	for {
		a, err := c.read()
		if err != nil || a.End != nil {
			return a.End, err
		}
		if a.Row == nil || row == nil {
			return nil, errors.New("invalid answer of the daemon")
		}
		if err := row(a.Row); err != nil {
			return nil, err
		}
	}
}

// read returns the next line of the daemon. An error that the daemon reports is an error.
func (c *Client) read() (a answer, err error) {
	line, err := c.lines.next()
	if errors.Is(err, io.EOF) {
		return a, errors.New("the daemon has closed the control connection")
	}
	if err != nil {
		return a, err
	}
	if err := json.Unmarshal(line, &a); err != nil {
		return a, fmt.Errorf("invalid answer of the daemon: %w", err)
	}
	switch {
	case a.Error != nil && a.Error.Code == codePermitted:
		return a, fmt.Errorf("%w: %w", ErrNotPermitted, a.Error)
	case a.Error != nil:
		return a, a.Error
	}
	return a, nil
}
