package dovecot

import (
	"bufio"
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxReply is the longest line that is read, in octets.
const maxReply = 32 << 10

// The kinds of replies that end or continue a request.
const (
	replyOK        = "OK"
	replyFail      = "FAIL"
	replyContinue  = "CONT"
	replyUser      = "USER"
	replyNotFound  = "NOTFOUND"
	replyCancelled = "CANCELLED"
)

// reply is a reply to a request.
type reply struct {
	kind string
	id   uint32
	args []string // unescaped, without empty ones
}

// errReply is wrapped by the errors of lines that break the protocol. No error
// contains a line, which may contain secrets.
var errReply = errors.New("malformed reply")

// parseReply reads a line. It returns nil for a line of an unknown kind.
func parseReply(line string) (*reply, error) {
	kind, rest, _ := strings.Cut(line, "\t")
	switch kind {
	case replyOK, replyFail, replyContinue, replyUser, replyNotFound, replyCancelled:
	default:
		return nil, nil
	}
	number, rest, _ := strings.Cut(rest, "\t")
	id, err := strconv.ParseUint(number, 10, 32)
	if err != nil {
		return nil, fmt.Errorf("%w: %s without an id", errReply, kind)
	}
	r := &reply{kind: kind, id: uint32(id)}
	for arg := range strings.SplitSeq(rest, "\t") {
		if arg != "" {
			r.args = append(r.args, unescape(arg))
		}
	}
	return r, nil
}

// fields are the parameters of a reply in their order.
type fields []field

// field is a parameter name=value, or only a name.
type field struct{ name, value string }

// fieldsOf returns the fields in arguments.
func fieldsOf(args []string) fields {
	all := make(fields, 0, len(args))
	for _, arg := range args {
		name, value, _ := strings.Cut(arg, "=")
		all = append(all, field{name, value})
	}
	return all
}

// get returns the value of the first field with a name, and whether there is one.
func (f fields) get(name string) (string, bool) {
	for _, one := range f {
		if one.name == name {
			return one.value, true
		}
	}
	return "", false
}

// text returns the value of a field, "" without one.
func (f fields) text(name string) string {
	value, _ := f.get(name)
	return value
}

// has reports whether there is a field with a name.
func (f fields) has(name string) bool {
	_, found := f.get(name)
	return found
}

// escapes are the octets that a parameter cannot contain, and what follows \001 for
// them.
const (
	escapable = "\x00\x01\t\r\n"
	escapedAs = "01trn"
)

// escape returns text as a parameter.
func escape(text string) string {
	if !strings.ContainsAny(text, escapable) {
		return text
	}
	var b strings.Builder
	for i := range len(text) {
		if n := strings.IndexByte(escapable, text[i]); n >= 0 {
			b.WriteByte(1)
			b.WriteByte(escapedAs[n])
			continue
		}
		b.WriteByte(text[i])
	}
	return b.String()
}

// unescape returns the text of a parameter.
func unescape(parameter string) string {
	if !strings.Contains(parameter, "\x01") {
		return parameter
	}
	var b strings.Builder
	for i := 0; i < len(parameter); i++ {
		c := parameter[i]
		if c == 1 {
			if i++; i == len(parameter) {
				break
			}
			c = parameter[i]
			if n := strings.IndexByte(escapedAs, c); n >= 0 {
				c = escapable[n]
			}
		}
		b.WriteByte(c)
	}
	return b.String()
}

// readLine reads a line without its end. The reader's buffer is the longest one.
func readLine(r *bufio.Reader) (string, error) {
	line, err := r.ReadSlice('\n')
	if errors.Is(err, bufio.ErrBufferFull) {
		return "", fmt.Errorf("%w: longer than %d octets", errReply, maxReply)
	}
	if err != nil {
		return "", err
	}
	return string(line[:len(line)-1]), nil
}
