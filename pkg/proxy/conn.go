package proxy

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"strings"
	"time"
)

const (
	// maxLine is the maximum length of a line of a backend, with its end. RFC 2449 §4
	// allows 512 octets for the first line of a reply; some servers send longer texts.
	maxLine = 1024

	// bufferSize is the size of the buffer for reads. An idle session keeps it.
	bufferSize = 8 << 10
)

// ErrNonsense means that a backend has sent what is not POP3, or not consistent.
var ErrNonsense = errors.New("this is not POP3")

var errClosed = errors.New("the server has closed the connection")

// conn is a connection to a backend. After an error or an invalid reply it is closed, and
// all later calls fail.
type conn struct {
	net.Conn // TCP, or TLS on it
	in       *bufio.Reader
	server   server
	timeout  time.Duration
	secret   string // the password, which must not be logged if the backend repeats it
	user     string // the login name
	offers   bool   // the greeting has [XCLIENT]

	ctx  context.Context // of the current call
	used time.Time       // when the last answer came
	err  error           // why the connection cannot be used any more
}

func newConn(tcp net.Conn, s server, timeout time.Duration, secret string) *conn {
	c := &conn{server: s, timeout: timeout, secret: secret, ctx: context.Background()}
	c.talkOn(tcp)
	return c
}

// talkOn makes the connection use nc for reads and writes.
func (c *conn) talkOn(nc net.Conn) {
	c.Conn, c.in = nc, bufio.NewReaderSize(nc, bufferSize)
}

// bind makes all calls fail when ctx is done, until the returned function is called.
func (c *conn) bind(ctx context.Context) (unbind func()) {
	c.ctx = ctx
	woken := make(chan struct{})
	nc := c.Conn
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_ = nc.SetDeadline(time.Unix(1, 0)) // It fails only on a closed connection, where no call waits.
	})
	return func() {
		if !stop() {
			<-woken // It must not end the next call.
		}
		c.ctx = context.Background()
	}
}

// arm starts the timeout for one write, or for one reply or part of one.
func (c *conn) arm() error {
	if c.err != nil {
		return c.err
	}
	_ = c.SetDeadline(time.Now().Add(c.timeout)) // If it fails, the following call fails too.
	if c.ctx.Err() != nil {                      // This has just replaced the deadline that ends the call.
		return c.fail(context.Cause(c.ctx))
	}
	return nil
}

// fail closes the connection. It returns the error with which it was first called.
func (c *conn) fail(err error) error {
	if c.err != nil {
		return c.err
	}
	if c.ctx.Err() != nil {
		err = context.Cause(c.ctx)
	}
	c.err = err
	_ = c.Close() // The connection is not used any more.
	return err
}

// send sends commands, each with its CRLF.
func (c *conn) send(commands string) error {
	if err := c.arm(); err != nil {
		return err
	}
	if n := c.in.Buffered(); n > 0 {
		unasked, _ := c.in.Peek(n)
		return c.fail(fmt.Errorf("unexpected data: %w: %s", ErrNonsense, c.show(unasked)))
	}
	if _, err := io.WriteString(c.Conn, commands); err != nil {
		return c.fail(err)
	}
	return nil
}

// readLine returns the next line without its end. The line is valid until the next read.
func (c *conn) readLine() ([]byte, error) {
	if err := c.arm(); err != nil {
		return nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || len(line) > maxLine {
		return nil, c.fail(fmt.Errorf("%w: a line of more than %d octets", ErrNonsense, maxLine))
	}
	if err != nil {
		return nil, c.fail(closed(err))
	}
	c.used = time.Now()
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// closed replaces the error of a read at the end of the stream.
func closed(err error) error {
	if errors.Is(err, io.EOF) {
		return errClosed
	}
	return err
}

// nonsense closes the connection because of an invalid line.
func (c *conn) nonsense(line []byte) error {
	return c.fail(fmt.Errorf("%w: %s", ErrNonsense, c.show(line)))
}

// show quotes a line of the backend for the log, except a line that contains a secret
// that was sent, such as the password.
func (c *conn) show(line []byte) string {
	if c.secret != "" && strings.Contains(string(line), c.secret) {
		return "(an echo of the password)"
	}
	return fmt.Sprintf("%.100q", line)
}
