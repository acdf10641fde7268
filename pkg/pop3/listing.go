package pop3

// Message is one row of a maildrop's listing.
type Message struct {
	UIDL   string // unique-id: 1 to 70 octets in 0x21–0x7E, which only identical messages share (RFC 1939 §7); "" if it cannot be had
	Octets int64  // size on the wire, each line end counted as two octets (RFC 1939 §11)
	Seen   bool   // retrieved in an earlier session

	// Unreadable means that no session can retrieve it, as far as is known.
	Unreadable bool
}

// Listing is the messages of a maildrop in their order, as they were when it
// was opened. It never changes, so that any number of sessions and goroutines
// may share one. Messages are counted from 1, as on the wire (RFC 1939 §4).
// A nil Listing is an empty maildrop.
type Listing struct {
	rows Rows
	Totals
}

// Totals is what a Listing knows of all its messages together.
type Totals struct {
	octets  int64
	last    int // highest number of the unbroken run of seen messages from 1
	noUIDLs bool
}

// NewTotals returns the totals of messages with so many octets, of which all up to last
// were seen. hasUIDLs reports whether each has a UIDL.
func NewTotals(octets int64, last int, hasUIDLs bool) Totals { return Totals{octets, last, !hasUIDLs} }

// Rows is where a Listing gets its messages from. It never changes, and any
// number of goroutines may use it.
type Rows interface {
	Len() int
	Message(n int) Message // 1 ≤ n ≤ Len
}

// messageRows are Rows that are stored as they are.
type messageRows []Message

// Len implements Rows.
func (r messageRows) Len() int { return len(r) }

// Message implements Rows.
func (r messageRows) Message(n int) Message { return r[n-1] }

// NewListing returns the listing of messages, which must not be changed
// afterwards. Message number n is messages[n-1].
func NewListing(messages []Message) *Listing {
	rows := messageRows(messages)
	return ListingOf(rows, totalsOf(rows))
}

// ListingOf returns the listing of rows with these totals. A mailbox with a more compact
// form than []Message needs no second one for its listing.
func ListingOf(rows Rows, t Totals) *Listing { return &Listing{rows, t} }

// totalsOf asks for each message.
func totalsOf(rows Rows) (l Totals) {
	for n := 1; n <= rows.Len(); n++ {
		m := rows.Message(n)
		l.octets += m.Octets
		l.noUIDLs = l.noUIDLs || m.UIDL == ""
		if m.Seen && l.last == n-1 {
			l.last = n
		}
	}
	return l
}

// Len returns the number of messages.
func (l *Listing) Len() int {
	if l == nil {
		return 0
	}
	return l.rows.Len()
}

// Message returns message number n. It panics unless 1 ≤ n ≤ Len.
func (l *Listing) Message(n int) Message { return l.rows.Message(n) }

// HasUIDLs reports whether each message has a UIDL. Where one has none, UIDL is
// not offered for any.
func (l *Listing) HasUIDLs() bool { return l == nil || !l.noUIDLs }

// Octets returns the sum of all sizes in octets.
func (l *Listing) Octets() int64 {
	if l == nil {
		return 0
	}
	return l.octets
}

// Last returns the number up to which all messages were seen in an earlier
// session, 0 if there is none (LAST, RFC 1460). A client takes all up to there
// for fetched, so that one message that webmail has read must not count for
// those before it.
func (l *Listing) Last() int {
	if l == nil {
		return 0
	}
	return l.last
}
