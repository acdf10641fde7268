package proxy

import (
	"strings"

	"tpops/pkg/pop3"
)

// unknownCommand is a command that no server has.
const unknownCommand = "XNONE"

// lackWords are phrases in the replies of servers to a command that they do not have.
var lackWords = []string{
	"unknown command", "unknown transaction", "unknown authorization", "unrecogni", "invalid command", "illegal command", "bad command",
	"command not valid", "no such command", "not implemented", "unimplemented", "not supported", "unsupported", "command not understood",
}

// lackIn reports whether text, with which a backend has rejected a command, means that the
// backend does not have the command. It is not sure of a text without a known phrase.
func lackIn(text string) (lacks, sure bool) {
	code, rest := splitCode(text)
	switch {
	case code != pop3.CodeNone && code != pop3.CodeSysPerm:
		return false, true
	case hasPhrase(rest, lackWords):
		return true, true
	}
	return false, code != pop3.CodeNone || wordedCode(rest) != pop3.CodeNone
}

// isLikeUnknown reports whether the text with which the backend has rejected UIDL is that for a
// command that no server has.
func (c *conn) isLikeUnknown(text string) (bool, error) {
	a, err := c.ask(unknownCommand)
	if err != nil {
		return false, err
	}
	return !a.ok && withoutPhrase(a.text, unknownCommand) == withoutPhrase(text, "UIDL"), nil
}

// hasUIDL reports whether the backend has carried out UIDL. If it has rejected it for another
// reason than that it does not have it, that is an error: the reason may be gone at the next
// login, and a client that takes it for a property of the server fetches all messages again.
// If the text is not clear, the capabilities decide. Only without them another command may be
// sent here, since no replies are outstanding.
func (l *lister) hasUIDL(a answer) (bool, error) {
	if a.ok || len(l.messages) == 0 {
		return a.ok, nil
	}
	lacks, sure := lackIn(a.text)
	switch {
	case !l.features.known && !sure:
		var err error
		if lacks, err = l.isLikeUnknown(a.text); err != nil {
			return false, err
		}
	case l.features.uidl:
		lacks = a.text == pop3.ErrNoUniqueID.Text // TPOPS announces UIDL before it knows that its own backend has none.
	case !sure:
		lacks = true
	}
	if lacks {
		return false, nil
	}
	return false, l.failed("UIDL", a.text)
}

// hasLAST is hasUIDL for LAST, which few servers and clients have (it is not in RFC 1939): for
// a text that is not clear no login is refused.
func (l *lister) hasLAST(a answer) (bool, error) {
	if lacks, sure := lackIn(a.text); a.ok || lacks || !sure || len(l.messages) == 0 {
		return a.ok, nil
	}
	return false, l.failed("LAST", a.text)
}

// mayLack reports whether the backend may not have the command that it has rejected.
func (r *refusal) mayLack() bool {
	lacks, sure := lackIn(r.answer.Error())
	return lacks || !sure
}

// messageRefusal returns the error for a rejected RETR or TOP. Only in the words of TPOPS it
// means that the message was removed. Otherwise the message must not be deleted unread: Dovecot
// and Courier say that also of a file that they cannot read.
func (c *conn) messageRefusal(command, text string) *refusal {
	r := c.newRefusal(command, text)
	if text == pop3.ErrNoMessage.Text {
		r.kind = pop3.ErrNoMessage
	}
	if r.answer.Text == "" {
		r.answer.Text = "refused"
	}
	return r
}

// failed returns the error for a rejected command that the backend has. A response code
// about name and password is removed: the command does not depend on them.
func (c *conn) failed(command, text string) *refusal {
	r := c.newRefusal(command, text)
	if r.answer.Code != pop3.CodeSysPerm && r.answer.Code != pop3.CodeInUse {
		r.answer.Code = pop3.CodeSysTemp
	}
	return r
}

// hasPhrase reports whether text contains one of the phrases, which are in small letters.
func hasPhrase(text string, phrases []string) bool {
	text = strings.ToLower(text)
	for _, phrase := range phrases {
		if strings.Contains(text, phrase) {
			return true
		}
	}
	return false
}

// withoutPhrase returns text in small letters without a phrase in any letters: many servers
// repeat the command or the name.
func withoutPhrase(text, phrase string) string {
	return strings.ReplaceAll(strings.ToLower(text), strings.ToLower(phrase), "")
}
