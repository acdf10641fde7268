package pop3

import (
	"net/netip"
	"strconv"
	"strings"
	"time"
)

// DialogueLine is a line of the dialogue of a session, for an operator who traces it.
type DialogueLine struct {
	Time    time.Time
	Session string         // id
	Remote  string         // address of the client, without port, as the log shows it
	Peer    netip.AddrPort // of the client; not valid unless it connected over IP
	// User is the login name that the client has given last, "" before. It may be a
	// password that was typed in the wrong place: do not show it unless LoggedIn is set.
	User      string
	LoggedIn  bool
	Last      bool // the session has ended
	Direction Direction
	Text      string // printable and without secrets; at most maxShown octets
}

// Direction is the origin of a DialogueLine.
type Direction byte

// The directions.
const (
	fromClient  Direction = 'C'
	fromServer  Direction = 'S'
	ofTheServer Direction = '-' // what happened, not a line
)

// Observer gets the dialogues of all sessions.
type Observer interface {
	// Wants reports whether Line has a use now.
	Wants() bool
	// Line takes a line. It does not keep the pointer, and does not wait.
	Line(*DialogueLine)
}

// maxShown bounds the text of a DialogueLine, in octets.
const maxShown = 240

// observed reports whether the dialogue is observed or recorded.
func (s *session) observed() bool {
	return (s.wanted() || s.server.Recorder != nil) && !s.backend.Quiet
}

// wanted reports whether an observer looks at the dialogues.
func (s *session) wanted() bool {
	o := s.server.Observer
	return o != nil && o.Wants()
}

// observe passes a line on if the session is observed. The text contains no secret.
func (s *session) observe(d Direction, text string) {
	if !s.observed() {
		return
	}
	l := &DialogueLine{
		Time: time.Now(), Session: s.ID, Remote: s.Remote, Peer: s.Peer, User: s.claimedUser(), LoggedIn: s.loggedIn(),
		Last: s.ending != "", Direction: d, Text: printable(text),
	}
	if s.wanted() {
		s.server.Observer.Line(l)
	}
	if r := s.server.Recorder; r != nil {
		s.recorded = r.Record(s.recorded, l)
	}
}

// claimedUser returns the login name that the client has given last, or "".
func (s *session) claimedUser() string {
	if name := s.Authorization.User; name != "" && !s.loggedIn() {
		return s.auth.qualify(name)
	}
	return s.Login
}

// observeGreeting passes the first line of the server on.
func (s *session) observeGreeting(text string) {
	if s.observed() {
		s.observe(ofTheServer, "session begins")
		s.observe(fromServer, "+OK "+text)
	}
}

// observeEnd passes the end of the session on.
func (s *session) observeEnd() {
	if s.observed() {
		s.observe(ofTheServer, "session ends: "+s.endedAs())
	}
}

// observeCommand passes a line of the client on.
func (s *session) observeCommand(line []byte) {
	if s.observed() {
		s.observe(fromClient, s.shown(line))
	}
}

// observeReply passes the first line of a reply on, which has that text.
func (s *session) observeReply(r *reply, text string) {
	switch {
	case !s.observed():
	case r.continues:
		s.observe(fromServer, hidden("+", len(r.text)))
	default:
		s.observe(fromServer, strings.TrimSuffix("+OK "+text, " "))
	}
}

// observeRest passes on how many octets followed the first line of a reply.
func (s *session) observeRest(octets int64) {
	if s.observed() {
		s.observe(fromServer, "..."+strconv.FormatInt(octets, 10)+" octets")
	}
}

// observeError passes an error reply on. Before the login a text that is not ours may
// repeat what the client has sent: that of the server of a mailbox.
func (s *session) observeError(e *Error) {
	if !s.observed() {
		return
	}
	if _, ours := japaneseErrors[e.Text]; !ours && !s.loggedIn() {
		s.observe(fromServer, hidden(strings.TrimSuffix("-ERR "+(&Error{Code: e.Code}).Error(), " "), len(e.Text)))
		return
	}
	s.observe(fromServer, "-ERR "+e.in(s.Language))
}

// printable returns text with escapes for control characters, cut to maxShown octets.
func printable(text string) string {
	text = text[:min(len(text), maxShown)]
	if strings.IndexFunc(text, needsEscape) < 0 {
		return text
	}
	quoted := strconv.Quote(text)
	quoted = quoted[1 : len(quoted)-1]
	if len(quoted) <= maxShown {
		return quoted
	}
	const cut = "..."
	return strings.ToValidUTF8(quoted[:maxShown-len(cut)], "") + cut
}

// needsEscape reports whether a character may need one. Most texts have none.
func needsEscape(r rune) bool { return r < ' ' || r > '~' || r == '"' || r == '\\' }
