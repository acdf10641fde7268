package eventlog

import (
	"fmt"
	"strings"

	"tpops/pkg/pop3"
)

// accessTime is the date format of 0.8.
const accessTime = "2006/01/02 15:04:05"

// accessLine returns the line of a connection in the format of 0.8. Programs that read
// it split it at spaces.
func accessLine(s *pop3.Summary) []byte {
	name := accessName(s.Name)
	if !s.LoggedIn {
		name = "(" + name + ")"
	}
	return fmt.Appendf(nil, "%s %s %s %s %d %d %d %d\n", s.Remote, s.Login.Format(accessTime), s.End.Format(accessTime), name,
		s.MessagesBefore, s.OctetsBefore, s.MessagesAfter, s.OctetsAfter)
}

// accessName returns a login name as one word of printable ASCII. Any other octet
// becomes % and two hexadecimal digits. A % in the name is not escaped, as in 0.8, where
// names like user%domain are common.
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
