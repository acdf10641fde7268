package pop3

import (
	"bytes"
	"context"
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

// mail is the text of a message of 1 MiB with lines as people and programs write them.
func mail(end string) []byte {
	line := strings.Repeat("0123456789", 7)
	return bytes.Repeat([]byte(line+end+line[:40]+end+".dot"+end+end+line+end+line+end), 1<<20/270)
}

// BenchmarkMessage writes messages of 1 MiB, stored with either line end.
func BenchmarkMessage(b *testing.B) {
	for name, end := range map[string]string{"LF": "\n", "CRLF": "\r\n"} {
		b.Run(name, func(b *testing.B) {
			text := mail(end)
			w := &writer{to: io.Discard}
			b.SetBytes(int64(len(text)))
			b.ReportAllocs()
			for b.Loop() {
				if _, _, err := w.message(context.Background(), &messageReply{ReadCloser: io.NopCloser(bytes.NewReader(text))}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// BenchmarkListing writes the answers to LIST and UIDL for 100,000 messages.
func BenchmarkListing(b *testing.B) {
	for _, command := range []string{"LIST", "UIDL"} {
		b.Run(command, func(b *testing.B) {
			t := listed(100_000)
			w := &writer{to: io.Discard}
			b.ReportAllocs()
			for b.Loop() {
				list(b, t, w, command)
			}
		})
	}
}

// The answers to LIST and UIDL cost no allocation for a message.
func TestListingAllocations(t *testing.T) {
	for _, command := range []string{"LIST", "UIDL"} {
		few, many := listed(1000), listed(100_000)
		w := &writer{to: io.Discard}
		of := func(tx *transaction) float64 { return testing.AllocsPerRun(10, func() { list(t, tx, w, command) }) }
		// A buffer may be allocated for each 64 KiB: the race detector empties the pool.
		if a, b := of(few), of(many); b > a+100 {
			t.Errorf("%s: %v allocations for 1,000 messages, %v for 100,000", command, a, b)
		}
	}
}

// A small reply is written without an allocation.
func TestReplyAllocations(t *testing.T) {
	ours, theirs := tcpPair(t)
	c := &timedConn{}
	c.start(&session{server: NewServer(&Backend{}, 1, nil, nil)}, ours, time.Hour, time.Now().Add(time.Hour))
	reply, got := []byte("+OK\r\n"), make([]byte, 5)
	n := testing.AllocsPerRun(100, func() {
		if n, err := c.Write(reply); n != len(reply) || err != nil {
			t.Fatal(n, err)
		}
		if _, err := io.ReadFull(theirs, got); err != nil || string(got) != string(reply) {
			t.Fatal(err)
		}
	})
	if n > 1 { // None, unless the race detector empties a pool.
		t.Errorf("%v allocations for a reply", n)
	}
}

// tcpPair returns the ends of a connection over loopback.
func tcpPair(t *testing.T) (ours, theirs net.Conn) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	if theirs, err = net.Dial("tcp", l.Addr().String()); err != nil {
		t.Fatal(err)
	}
	if ours, err = l.Accept(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = ours.Close()
		_ = theirs.Close()
	})
	return ours, theirs
}

// listed is a mailbox with so many messages.
func listed(messages int) *transaction {
	rows := make([]Message, messages)
	for i := range rows {
		rows[i] = Message{UIDL: "1700000000.M123456P123.host", Octets: int64(i) * 100}
	}
	return &transaction{Transaction: &Transaction{}, mailbox: listingOnly{NewListing(rows)}}
}

type listingOnly struct{ listing *Listing }

func (l listingOnly) Listing() *Listing                              { return l.listing }
func (listingOnly) Open(context.Context, int) (io.ReadCloser, error) { return nil, ErrNoMessage }
func (listingOnly) Update(context.Context, *Marks) error             { return nil }
func (listingOnly) Close() error                                     { return nil }

func list(t testing.TB, tx *transaction, w *writer, command string) {
	handle := tx.handleLIST
	if command == "UIDL" {
		handle = tx.handleUIDL
	}
	r, err := handle(context.Background(), nil)
	if err != nil {
		t.Fatal(err)
	}
	w.lines(r.lines)
	w.flush()
}
