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
	// maxLine is how long a line of a backend may be, with its end. RFC 2449
	// §4 says 512 for the first of an answer; servers exceed that with texts.
	maxLine = 1024

	// bufferSize is how much is read at once. An idle session keeps it.
	bufferSize = 8 << 10
)

var (
	errNonsense = errors.New("this is not POP3")
	errClosed   = errors.New("the server has closed the connection")
)

// conn is a connection to a backend. After an error or an invalid reply it is closed, and
// all later calls fail.
type conn struct {
	net.Conn // TCP, or TLS on it
	in       *bufio.Reader
	server   server
	timeout  time.Duration
	secret   string // the password, which must not show in what the backend says
	offers   bool   // the greeting has [XCLIENT]

	ctx  context.Context // of the call at work
	used time.Time       // when the last answer came
	err  error           // why the connection is of no more use
}

func newConn(tcp net.Conn, s server, timeout time.Duration, secret string) *conn {
	c := &conn{server: s, timeout: timeout, secret: secret, ctx: context.Background()}
	c.talkOn(tcp)
	return c
}

// talkOn makes the connection read from and write to nc.
func (c *conn) talkOn(nc net.Conn) {
	c.Conn, c.in = nc, bufio.NewReaderSize(nc, bufferSize)
}

// bind makes all calls end when ctx is done, until the returned function is called.
func (c *conn) bind(ctx context.Context) (unbind func()) {
	c.ctx = ctx
	woken := make(chan struct{})
	nc := c.Conn
	stop := context.AfterFunc(ctx, func() {
		defer close(woken)
		_ = nc.SetDeadline(time.Unix(1, 0)) // A connection that is closed does not wait.
	})
	return func() {
		if !stop() {
			<-woken // It must not end what comes next.
		}
		c.ctx = context.Background()
	}
}

// arm begins the time for one write, or for one answer or piece of it.
func (c *conn) arm() error {
	if c.err != nil {
		return c.err
	}
	_ = c.SetDeadline(time.Now().Add(c.timeout)) // An error of it shows again in what follows.
	if c.ctx.Err() != nil {                      // The deadline that tells of it has just been replaced.
		return c.fail(context.Cause(c.ctx))
	}
	return nil
}

// fail closes the connection, and returns the error for which that was first
// done.
func (c *conn) fail(err error) error {
	if c.err != nil {
		return c.err
	}
	if c.ctx.Err() != nil {
		err = context.Cause(c.ctx)
	}
	c.err = err
	_ = c.Close() // The connection is not used any more, whatever the error.
	return err
}

// send sends commands, each with its CRLF.
func (c *conn) send(commands string) error {
	if err := c.arm(); err != nil {
		return err
	}
	if n := c.in.Buffered(); n > 0 {
		unasked, _ := c.in.Peek(n)
		return c.fail(fmt.Errorf("unexpected data: %w: %s", errNonsense, c.show(unasked)))
	}
	if _, err := io.WriteString(c.Conn, commands); err != nil {
		return c.fail(err)
	}
	return nil
}

// readLine returns the next line without its end. It is valid until the next
// read.
func (c *conn) readLine() ([]byte, error) {
	if err := c.arm(); err != nil {
		return nil, err
	}
	line, err := c.in.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) || len(line) > maxLine {
		return nil, c.fail(fmt.Errorf("%w: a line of more than %d octets", errNonsense, maxLine))
	}
	if err != nil {
		return nil, c.fail(closed(err))
	}
	c.used = time.Now()
	return bytes.TrimSuffix(line[:len(line)-1], []byte("\r")), nil
}

// closed replaces the error of a read at the end of the connection.
func closed(err error) error {
	if errors.Is(err, io.EOF) {
		return errClosed
	}
	return err
}

// nonsense closes the connection because of an invalid line.
func (c *conn) nonsense(said []byte) error {
	return c.fail(fmt.Errorf("%w: %s", errNonsense, c.show(said)))
}

// show quotes a line of the backend for the log. It does not quote a line that contains
// what was sent, such as the password.
func (c *conn) show(said []byte) string {
	if c.secret != "" && strings.Contains(string(said), c.secret) {
		return "(an echo of the password)"
	}
	return fmt.Sprintf("%.100q", said)
}
