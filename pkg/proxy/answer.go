package proxy

import (
	"bytes"
	"fmt"
)

// answer is the first line of a reply of a backend (RFC 1939 §3).
type answer struct {
	ok   bool
	text string // what follows +OK or -ERR and a space
}

// parseAnswer parses line. It reports whether the line is a reply.
func parseAnswer(line []byte) (answer, bool) {
	status, text, _ := bytes.Cut(line, []byte(" "))
	switch string(status) {
	case "+OK":
		return answer{true, string(text)}, true
	case "-ERR":
		return answer{false, string(text)}, true
	}
	return answer{}, false
}

// readAnswer returns the next reply.
func (c *conn) readAnswer() (answer, error) {
	line, err := c.readLine()
	if err != nil {
		return answer{}, err
	}
	a, ok := parseAnswer(line)
	if !ok {
		return answer{}, c.nonsense(line)
	}
	return a, nil
}

// ask sends a command and returns the first line of the reply.
func (c *conn) ask(command string) (answer, error) {
	if err := c.send(command + "\r\n"); err != nil {
		return answer{}, err
	}
	return c.readAnswer()
}

// readLines calls take with each line of a multi-line reply but the last, with stuffed
// dots removed (RFC 1939 §3). It fails if there are more than most lines, or if take
// rejects one.
func (c *conn) readLines(most int, take func(line []byte) bool) error {
	for range most + 1 {
		line, err := c.readLine()
		if err != nil {
			return err
		}
		if string(line) == "." {
			return nil
		}
		if !take(bytes.TrimPrefix(line, []byte("."))) {
			return c.nonsense(line)
		}
	}
	return c.fail(fmt.Errorf("%w: more than %d lines", ErrNonsense, most))
}
