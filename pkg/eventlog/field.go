package eventlog

import (
	"iter"
	"slices"
)

// Field is what one attribute of a record is called in the journal. The names
// are promised to whoever reads the log.
type Field struct {
	Key     string // of the attribute, and in the text line
	Name    string // in the journal
	Meaning string // what the value is, with its unit, for the manual
}

// MaxValue and MaxError bound a value's length in octets, before control
// characters are escaped. What is cut off ends in "...". An error may hold the
// stack of a fault and is worth more room.
const (
	MaxValue = 1024
	MaxError = 16384
)

// fields is the table of them, in the manual's order. The text line has
// durations as 1.5s or 0.6ms, the journal in microseconds; keys that mean the same
// share a field.
var fields = []Field{
	{"session", "TPOPS_SESSION", "the session, a random word that is in all its records"},
	{"remote", "TPOPS_REMOTE", "the client's address without port, or local"},
	{"forwarded", "TPOPS_FORWARDED", "the session's id at the proxy that passed the connection on, as XCLIENT gave it"},
	{"user", "TPOPS_USER", "the login name, as the client gave it until it has logged in"},
	{"tls", "TPOPS_TLS", "version of TLS and cipher suite; missing in a session in clear"},
	{"method", "TPOPS_METHOD", "how the client logged in: USER, APOP or another method of authentication"},
	{"identity", "TPOPS_IDENTITY", "the name that a token or a certificate has proven, as it is there"},
	{"uidl", "TPOPS_UIDL", "the message's unique-id"},
	{"messages", "TPOPS_MESSAGES", "how many messages the mailbox has; at the end of a session, without those deleted"},
	{"octets", "TPOPS_OCTETS", "size in octets, of the message or of all in the mailbox"},
	{"sent", "TPOPS_SENT", "octets of messages sent to the client"},
	{"retrieved", "TPOPS_RETRIEVED", "how many messages the session retrieved"},
	{"tops", "TPOPS_TOPS", "how many times the session had TOP answered"},
	{"deleted", "TPOPS_DELETED", "how many messages the session deleted"},
	{"duration", "TPOPS_DURATION_USEC", "how long it took, in microseconds"},
	{"wait", "TPOPS_WAIT_USEC", "how long will be waited at most, in microseconds"},
	{"idle", "TPOPS_IDLE_USEC", "how long nobody was connected, in microseconds"},
	{"age", "TPOPS_AGE_USEC", "how long ago the users were asked, in microseconds"},
	{"reason", "TPOPS_REASON", "why; of a session's end, in words that are always the same for the same reason"},
	{"error", "TPOPS_ERROR", "what went wrong, in full"},
	{"errno", "ERRNO", "the number of a system error in TPOPS_ERROR"},
	{"sessions", "TPOPS_SESSIONS", "how many sessions"},
	{"count", "TPOPS_COUNT", "how many there were of what the reason names"},
	{"records", "TPOPS_DROPPED", "how many records were lost"},
	{"address", "TPOPS_ADDRESS", "the address that is listened on"},
	{"port", "TPOPS_PORT", "the value of the parameter port or tls-port"},
	{"certificate", "TPOPS_CERTIFICATE", "the names in the certificate"},
	{"expires", "TPOPS_EXPIRES", "when the certificate expires, in the form of RFC 3339"},
	{"report", "TPOPS_REPORT", "what is in force, and what is missing"},
	{"version", "TPOPS_VERSION", "the version of TPOPS"},
	{"name", "TPOPS_SIGNAL", "the signal's name"},
	{"parameter", "TPOPS_PARAMETER", "the parameter's name"},
	{"pid", "TPOPS_CHILD", "the number of the process that served"},
	{"maildir", "TPOPS_MAILDIR", "the path of the Maildir"},
	{"directory", "TPOPS_DIRECTORY", "the directory's name in the Maildir"},
	{"file", "TPOPS_FILE", "the file's name, in the Maildir; of a certificate, its path"},
	{"files", "TPOPS_FILES", "how many files"},
	{"lines", "TPOPS_LINES", "how many lines"},
	{"first", "TPOPS_FIRST", "the first of them"},
	{"server", "TPOPS_SERVER", "the address of the database server, or of the POP server on which the mailbox is"},
	{"message", "TPOPS_MESSAGE", "what the database driver said"},
	{"command", "TPOPS_COMMAND", "the client's command, with its secrets masked"},
	{"response", "TPOPS_RESPONSE", "the first line of the response"},
}

// fieldNames is the table's index by key.
var fieldNames = func() map[string]string {
	names := make(map[string]string, len(fields))
	for _, f := range fields {
		names[f.Key] = f.Name
	}
	return names
}()

// common is the table of the fields that come from no attribute.
var common = []Field{
	{"", "MESSAGE", "the event and its facts in printable ASCII, as in the text line"},
	{"", "MESSAGE_ID", "the kind of event, as a number"},
	{"", "TPOPS_EVENT", "the kind of event, in words"},
	{"", "PRIORITY", "3 for an error, 4 for a warning, 6 for information, 7 for debug"},
	{"", "SYSLOG_IDENTIFIER", "tpops"},
	{"", "SYSLOG_FACILITY", "the number of the parameter syslog; missing if that is none"},
	{"", "TPOPS_TIME", "when it happened, if the record waited for more than a second to be written"},
}

// Common returns the fields that any record may have in the journal, whatever
// its kind. They have no key.
func Common() iter.Seq[Field] { return slices.Values(common) }

// Fields returns the fields that are a fact of an event.
func Fields() iter.Seq[Field] { return slices.Values(fields) }

// fieldName returns the name in the journal for the key of an attribute. One
// that is not in the table becomes a name that journald takes; keys are words
// of this program, never a client's.
func fieldName(key string) string {
	if name, ok := fieldNames[key]; ok {
		return name
	}
	name := []byte("TPOPS_")
	for _, c := range []byte(key) {
		switch {
		case len(name) == 64:
			return string(name)
		case c >= 'a' && c <= 'z':
			c -= 'a' - 'A'
		case !(c >= 'A' && c <= 'Z' || c >= '0' && c <= '9'):
			c = '_'
		}
		name = append(name, c)
	}
	return string(name)
}
