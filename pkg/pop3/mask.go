package pop3

import "bytes"

// masked returns a line of the client as it may be logged.
func (s *session) masked(line []byte) string {
	if s.auth.exchange != nil {
		return "***"
	}
	return mask(line, !s.loggedIn())
}

// mask returns line as it may be logged: without password, APOP digest, or
// anything that follows AUTH. Before login a password may be anywhere else by
// mistake; then only the command and its one public argument are shown.
func mask(line []byte, before bool) string {
	c, rest := lookup(line, authorizationCommands, transactionCommands, commonCommands)
	word, _, spaced := bytes.Cut(line, []byte(" "))
	if c == nil && before {
		return "***" // PASSsecret, or a password whose PASS was forgotten
	}
	if c == nil || c.secret == 0 && !before || !spaced {
		return string(line)
	}
	shown := word
	if c.secret != 1 && c.max > 0 {
		var first []byte
		first, rest = cutArgument(bytes.TrimLeft(rest, " "))
		shown = append(append(bytes.Clone(word), ' '), first...)
	}
	if len(rest) == 0 {
		return string(shown)
	}
	return string(shown) + " ***"
}

// cutArgument splits text after its first argument. It also ends at a CR that
// no LF follows, which the clients that send it take for a line end.
func cutArgument(text []byte) (argument, rest []byte) {
	end := bytes.IndexAny(text, " \r\t")
	if end < 0 {
		end = len(text)
	}
	return text[:end], text[end:]
}
