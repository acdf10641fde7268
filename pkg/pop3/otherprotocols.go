package pop3

import (
	"bytes"
	"errors"
)

// errHello is the error for a TLS handshake where a command was expected.
var errHello = errors.New("TLS where POP3 was expected")

// isHello reports whether a line begins as a TLS record of a handshake does
// (RFC 8446 §5.1), or as the ClientHello of SSL 2.0 (RFC 5246 appendix E.2). No
// command begins with such octets. The line need not be whole: a handshake may
// never contain a line end.
func isHello(line []byte) bool {
	if len(line) >= 2 && line[0] == 0x16 && line[1] == 3 {
		return true
	}
	return len(line) >= 5 && line[0]&0x80 != 0 && line[2] == 1 &&
		(line[3] == 3 || line[3] == 0 && line[4] == 2)
}

// isHTTP reports whether a line before login is the request line of HTTP (RFC
// 9112 §3), with any method. A web page can have a browser send one, followed
// by a body that holds a whole session of POP3, so that no later line may be
// executed. A password may be any text, and follows PASS.
func (a *authorization) isHTTP(line []byte) bool {
	if a.exchange != nil || a.s.loggedIn() {
		return false
	}
	if c, _ := lookup(line, authorizationCommands); c != nil && c.raw && a.User != "" {
		return false
	}
	words := bytes.Fields(line)
	if len(words) < 2 {
		return false
	}
	version := words[len(words)-1]
	return len(version) > 5 && bytes.EqualFold(version[:5], []byte("HTTP/")) && version[5] >= '0' && version[5] <= '9'
}
