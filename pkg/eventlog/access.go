package eventlog

import (
	"fmt"
	"strings"

	"tpops/pkg/pop3"
)

// accessTime is how 0.8 wrote dates.
const accessTime = "2006/01/02 15:04:05"

// accessLine returns the line of a connection in the format of 0.8, whose
// readers split it at spaces.
func accessLine(s *pop3.Summary) []byte {
	name := accessName(s.Name)
	if !s.LoggedIn {
		name = "(" + name + ")"
	}
	return fmt.Appendf(nil, "%s %s %s %s %d %d %d %d\n", s.Remote, s.Login.Format(accessTime), s.End.Format(accessTime), name,
		s.MessagesBefore, s.OctetsBefore, s.MessagesAfter, s.OctetsAfter)
}

// accessName writes a login name so that it is one word of printable ASCII:
// any other octet as % and two hexadecimal digits. A % of the name stays, as
// it did in 0.8, where names like user%domain are common.
func accessName(name string) string {
	var b strings.Builder
	for _, c := range []byte(name) {
		if c <= ' ' || c >= 0x7F {
			fmt.Fprintf(&b, "%%%02X", c)
			continue
		}
		b.WriteByte(c)
	}
	return b.String()
}
