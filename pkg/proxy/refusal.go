package proxy

import (
	"fmt"
	"strings"
	"unicode"

	"tpops/pkg/pop3"
)

// maxText is the maximum length of a backend's text for the client, so that it fits in
// the line (RFC 2449 §4).
const maxText = 400

// refusal is an -ERR reply of a backend.
type refusal struct {
	command string      // the rejected command, without arguments
	answer  *pop3.Error // the reply for the client
	kind    error       // its meaning for the session; nil: only the text counts
}

// Error returns the command and the reply.
func (r *refusal) Error() string { return r.command + ": -ERR " + r.answer.Error() }

// Unwrap returns the reply for the client, and its meaning.
func (r *refusal) Unwrap() []error {
	if r.kind == nil {
		return []error{r.answer}
	}
	return []error{r.answer, r.kind}
}

// codeLoginDelay is the code of RFC 2449 §8.1.1.
const codeLoginDelay pop3.Code = "LOGIN-DELAY"

// codes are the response codes that are passed on. A refusal with another code is passed
// on without it, because its meaning is unknown here.
var codes = []pop3.Code{pop3.CodeAuth, pop3.CodeInUse, pop3.CodeSysTemp, pop3.CodeSysPerm, codeLoginDelay}

// newRefusal returns the refusal for a text after -ERR. A text that contains the password is
// replaced, but its code stays: a password may be a common word such as "mailbox".
func (c *conn) newRefusal(command, text string) *refusal {
	code, rest := splitCode(text)
	if c.secret != "" && strings.Contains(text, c.secret) {
		rest = "refused"
	}
	return &refusal{command: command, answer: &pop3.Error{Code: code, Text: printable(rest)}}
}

// splitCode separates the response code from a text (RFC 2449 §8). A code that this
// program does not know is ignored, except for its category.
func splitCode(text string) (pop3.Code, string) {
	for strings.HasPrefix(text, "[") {
		word, rest, ok := strings.Cut(text[1:], "]")
		if !ok {
			return pop3.CodeNone, text
		}
		text = strings.TrimLeft(rest, " ")
		for _, code := range codes {
			if name := strings.ToUpper(word); name == string(code) || strings.HasPrefix(name, string(code)+"/") {
				return code, text
			}
		}
	}
	return pop3.CodeNone, text
}

// printable returns text in a form that can be sent: printable ASCII of limited length,
// with no start that looks like a response code.
func printable(text string) string {
	text = strings.Map(func(r rune) rune {
		if r < ' ' || r > '~' {
			return '?'
		}
		return r
	}, text[:min(len(text), maxText)])
	return strings.Trim(strings.TrimLeft(text, " ["), " ")
}

// reasonWords are phrases in replies without a response code of servers that reject a login
// with the right name and password, or a command that they have. If a text has several, the
// first row counts.
var reasonWords = []struct {
	code  pop3.Code
	words []string
}{
	// TPOPS 0.8, qpopper and others; "lock busy" is from fetchmail.
	{pop3.CodeInUse, []string{"cannot lock", "can't lock", "lock busy", "maildrop lock", "maildrop already locked", "mailbox is locked",
		"mailbox locked", "mailbox already locked", "already in use", "is in use", "in use by"}},
	{pop3.CodeSysTemp, []string{"temporar", "try again", "try later", "unavailable", "internal error", "server error",
		"timed out", "timeout", "too many", "busy", "out of memory", "unable to scan", "unable to fork", "child crashed"}},
	{pop3.CodeSysPerm, []string{"maildir invalid", "chdir maildir", "has no $home/maildir",
		"tls required", "ssl required", "requires tls", "insecure connection", "authentication disallowed"}},
}

// loginRefusal returns the error for a rejected login. promised reports that the backend
// sends [AUTH] whenever name or password is wrong (RFC 3206 §6).
func (c *conn) loginRefusal(command, text string, promised bool) *refusal {
	r := c.newRefusal(command, text)
	_, rest := splitCode(text)
	switch {
	case strings.Contains(strings.ToLower(rest), "authentication disallowed"):
		r.answer.Code = pop3.CodeSysPerm // Dovecot's [AUTH] here is about TLS that is missing.
	case r.answer.Code == pop3.CodeNone:
		r.answer.Code = loginCode(withoutName(rest, c.user), promised)
	}
	if r.answer.Text == "" {
		r.answer.Text = "refused"
	}
	switch r.answer.Code {
	case pop3.CodeAuth:
		r.kind = pop3.ErrAuth
	case pop3.CodeInUse:
		r.kind = pop3.ErrLocked
	}
	return r
}

// loginCode returns the code for a text that has no code.
func loginCode(text string, promised bool) pop3.Code {
	code := wordedCode(text)
	switch {
	case code != pop3.CodeNone:
		return code
	case promised:
		return pop3.CodeSysTemp
	}
	return pop3.CodeAuth
}

// withoutName returns a text in small letters without a login name and the part of it before
// the domain, which many servers repeat, if that name would be a reason. Without any other
// name the words of a reason stay: that of the user "mailbox" may be locked.
func withoutName(text, name string) string {
	if wordedCode(name) == pop3.CodeNone {
		return text
	}
	local, _, _ := strings.Cut(name, "@")
	return withoutWord(withoutWord(strings.ToLower(text), strings.ToLower(name)), strings.ToLower(local))
}

// withoutWord returns text without word where that is not a part of a longer word.
func withoutWord(text, word string) string {
	for at := 0; word != ""; {
		i := strings.Index(text[at:], word)
		if i < 0 {
			break
		}
		before, after := text[:at+i], text[at+i+len(word):]
		at += i + 1
		if strings.TrimRightFunc(before, isWordRune) == before && strings.TrimLeftFunc(after, isWordRune) == after {
			text = before + "-" + after // What is around it must not become one phrase.
		}
	}
	return text
}

func isWordRune(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }

// wordedCode returns the code that the words of a text mean, CodeNone if none is known.
func wordedCode(text string) pop3.Code {
	for _, row := range reasonWords {
		if hasPhrase(text, row.words) {
			return row.code
		}
	}
	return pop3.CodeNone
}

// checkCredentials rejects a name or a password that cannot be sent with USER and PASS. A
// line end in one of them would be another command for the backend. Databases of the
// backend may accept an empty password, as a bind of LDAP without one does (RFC 4513 §5.1.2).
func checkCredentials(name, password string) error {
	control := func(r rune) bool { return r < ' ' || r == 0x7F }
	switch {
	case name == "" || strings.ContainsFunc(name, control) || strings.Contains(name, " "):
		return fmt.Errorf("the login name cannot be passed on: %w", pop3.ErrAuth)
	case password == "" || strings.ContainsFunc(password, control):
		return fmt.Errorf("the password cannot be passed on: %w", pop3.ErrAuth)
	}
	return nil
}
