package daemon

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"net"
	"strings"
	"time"
)

// Client is a POP3 client that sends only the commands it is given. An error of a method
// is one of the connection; -ERR is an answer like any other.
type Client struct {
	net.Conn
	in *bufio.Reader
}

// Dial connects, and returns after the greeting, which Greeting holds.
func Dial(addr string) (client *Client, greeting string, err error) {
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		return nil, "", err
	}
	c := NewClient(conn)
	greeting, err = c.Line()
	if err != nil {
		conn.Close()
		return nil, "", err
	}
	return c, greeting, nil
}

// NewClient returns a client on a connection whose greeting is not read yet.
func NewClient(conn net.Conn) *Client {
	conn.SetDeadline(time.Now().Add(patience))
	return &Client{conn, bufio.NewReaderSize(conn, 64<<10)}
}

// Login connects and logs in.
func Login(addr, login, password string) (*Client, error) {
	c, _, err := Dial(addr)
	if err != nil {
		return nil, err
	}
	for _, command := range []string{"USER " + login, "PASS " + password} {
		answer, err := c.Command(command)
		if err == nil && !strings.HasPrefix(answer, "+OK") {
			err = errors.New(answer)
		}
		if err != nil {
			c.Close()
			return nil, fmt.Errorf("log in: %w", err)
		}
	}
	return c, nil
}

// Line reads one line and returns it without its CRLF.
func (c *Client) Line() (string, error) {
	line, err := c.in.ReadString('\n')
	if err != nil {
		return line, err
	}
	if !strings.HasSuffix(line, "\r\n") {
		return "", fmt.Errorf("line without CRLF: %q", line)
	}
	return line[:len(line)-2], nil
}

// Send sends a command and reads no answer.
func (c *Client) Send(command string) error {
	_, err := c.Write([]byte(command + "\r\n"))
	return err
}

// Command sends a command and returns the first line of the answer.
func (c *Client) Command(command string) (string, error) {
	if err := c.Send(command); err != nil {
		return "", err
	}
	return c.Line()
}

// Multi sends a command with a multi-line answer (RFC 1939 §3) and returns its
// first line, and its other lines with their CRLF and without the stuffed dots.
// After an answer other than +OK there are no other lines.
func (c *Client) Multi(command string) (status string, lines []byte, err error) {
	var out bytes.Buffer
	status, err = c.each(command, func(piece []byte) { out.Write(piece) })
	return status, out.Bytes(), err
}

// Drain is Multi for an answer too large to keep: it returns its octets.
func (c *Client) Drain(command string) (octets int64, err error) {
	status, err := c.each(command, func(piece []byte) { octets += int64(len(piece)) })
	if err == nil && !strings.HasPrefix(status, "+OK") {
		err = errors.New(status)
	}
	return octets, err
}

// each calls take with each piece of a multi-line answer: a line, or a part of
// a long one, which is valid until the next.
func (c *Client) each(command string, take func(piece []byte)) (status string, err error) {
	status, err = c.Command(command)
	if err != nil || !strings.HasPrefix(status, "+OK") {
		return status, err
	}
	atStart := true // of a line
	for {
		// ReadSlice returns a long line in pieces, with ErrBufferFull.
		piece, err := c.in.ReadSlice('\n')
		if err != nil && !errors.Is(err, bufio.ErrBufferFull) {
			return status, err
		}
		if atStart && string(piece) == ".\r\n" {
			return status, nil
		}
		if atStart && piece[0] == '.' {
			piece = piece[1:]
		}
		take(piece)
		atStart = err == nil
	}
}
