package control

import (
	"bufio"
	"encoding/json"
	"io"
	"time"
)

// replyBuffer is how many octets of an answer are gathered.
const replyBuffer = 16 << 10

// Reply is the answer to a request. One goroutine at a time may use it.
type Reply struct {
	conn    *conn
	buffer  *bufio.Writer
	follows bool
	until   time.Time // the end of the whole answer; zero: none
}

func newReply(c *conn) *Reply {
	r := &Reply{conn: c}
	r.buffer = bufio.NewWriterSize(timedWriter{r}, replyBuffer)
	return r
}

// Row adds a row, which is encoded as JSON. After an error, which is that of the
// connection or of the encoding, the command should return.
func (r *Reply) Row(row any) error {
	encoded, err := json.Marshal(row)
	if err != nil {
		return err
	}
	if err := r.send(answer{Row: encoded}); err != nil || !r.follows {
		return err
	}
	return r.flush()
}

// finish ends the answer with a value or an error. Its own error is that of the
// connection.
func (r *Reply) finish(end any, err error) error {
	last := answer{}
	if err == nil {
		if end == nil {
			end = struct{}{}
		}
		last.End, err = json.Marshal(end)
	}
	if err != nil {
		last = answer{Error: asError(err)}
	}
	if err := r.send(last); err != nil {
		return err
	}
	return r.flush()
}

func (r *Reply) send(a answer) error { return writeLine(r.buffer, a) }

func (r *Reply) flush() error { return r.buffer.Flush() }

// timedWriter writes to the connection of a reply, in a bounded time.
type timedWriter struct{ reply *Reply }

// Write writes p.
func (w timedWriter) Write(p []byte) (int, error) {
	c, until := w.reply.conn, time.Now().Add(w.reply.conn.server.limits.write)
	if end := w.reply.until; !end.IsZero() && end.Before(until) {
		until = end
	}
	if err := c.SetWriteDeadline(until); err != nil {
		return 0, err
	}
	return c.Write(p)
}

// writeLine writes a line.
func writeLine(to io.Writer, a answer) error {
	line, err := json.Marshal(a)
	if err != nil {
		return err
	}
	_, err = to.Write(append(line, '\n'))
	return err
}
