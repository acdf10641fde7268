package clients

import (
	"bytes"
	"slices"
	"testing"

	"tpops/test/corpus"
)

// Client is a mail program.
type Client struct {
	Name  string
	Fetch func(t *testing.T, j *Job) [][]byte // the messages in wire form
	// ordered means that the messages come in the mailbox's order, and by
	// number.
	ordered bool
	// breaks are the messages that this program cannot take; they are not in
	// its mailbox. alters are those that it takes, but changes.
	breaks, Alters []Loss
}

// Loss is a kind of message that a program does not keep as it is.
type Loss struct {
	reason  string
	applies func(m *corpus.Message) bool
}

// kind is true for one special kind of message.
func kind(name string) func(*corpus.Message) bool {
	return func(m *corpus.Message) bool { return m.Kind == name }
}

func malformed(m *corpus.Message) bool { return !m.WellFormed() }

func longLines(m *corpus.Message) bool { return m.Kind == "line of 3 MB" }

func nulInHeader(m *corpus.Message) bool {
	header, _, _ := bytes.Cut(corpus.Wire(m.Data), []byte("\r\n\r\n"))
	return bytes.Contains(header, []byte{0})
}

// All is the programs. Each fetches a whole mailbox, and the messages that it
// stores are compared with the files in the Maildir, octet by octet. Its line
// ends, and what it is known to add, are undone first; what else it changes is
// in its table of losses.
var All = []Client{
	{Name: "curl", Fetch: curl, ordered: true, Alters: []Loss{
		{"writes CRLF for an empty message", kind("empty")},
	}},
	{Name: "poplib", Fetch: script("python3", "fetch-poplib.py"), ordered: true},
	{Name: "Net::POP3", Fetch: perl, ordered: true},
	{Name: "net-pop", Fetch: script("ruby", "fetch-net-pop.rb"), ordered: true},
	{Name: "mpop", Fetch: MPOP, Alters: []Loss{
		{"loses one CR where its buffer ends", kind("only CR")},
	}},
	{Name: "fetchmail", Fetch: Fetchmail,
		breaks: []Loss{{"loses its place in the answer", nulInHeader}},
		Alters: []Loss{
			{"removes NUL and bare CR, and makes up a header", malformed},
			{"writes beyond a buffer of 8,192 octets", longLines},
		}},
	{Name: "getmail", Fetch: getmail, Alters: []Loss{
		{"parses the message with Python's email package, and writes it again", malformed},
	}},
	{Name: "mutt", Fetch: mutt,
		breaks: []Loss{{"takes an empty message for a lost connection", kind("empty")}},
		Alters: []Loss{{"ends the header where it sees no field", malformed}}},
}

// Applies reports whether any of the losses applies to the message.
func Applies(losses []Loss, m *corpus.Message) bool {
	return slices.ContainsFunc(losses, func(l Loss) bool { return l.applies(m) })
}
