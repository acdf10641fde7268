package maildir

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"os"
	"strconv"
	"strings"

	"golang.org/x/sys/unix"

	"tpops/pkg/pop3"
)

// recordName is the record of a batch: the line recordHead, a line "remote" with the
// address of the client if there is one, and a line for each message: the word message,
// its octets, its UIDL ("-" if it has none) and its unique name as a Go string, each
// after a space. The owner of the Maildir may have written anything there.
const (
	recordName = "record"
	recordHead = "tpops deleted 1"
	maxRecords = 64 << 20 // octets of all records of a Maildir
)

// recorded is a message in a record.
type recorded struct {
	octets int64
	uidl   string // empty if it is not known
	place  int    // among the messages of the record
}

// record is the content of a record.
type record struct {
	remote   string
	messages map[string]recorded // by unique name
}

// record returns the record of the messages that are marked as deleted.
func (m *Mailbox) record(marks *pop3.Marks) []byte {
	text := []byte(recordHead + "\n")
	if m.origin != nil && isWord(m.origin.remote) {
		text = append(text, "remote "+m.origin.remote+"\n"...)
	}
	for n := range marks.Deleted() {
		row := m.Listing().Message(n)
		if row.UIDL == "" {
			row.UIDL = "-"
		}
		unique := m.snap.unique(m.snap.files[m.snap.index(n)])
		text = fmt.Appendf(text, "message %d %s %s\n", row.Octets, row.UIDL, strconv.Quote(unique))
	}
	return text
}

// isWord reports whether a text can be a field of a record.
func isWord(text string) bool { return isPrintable(text) && len(text) <= maxForeignUIDL }

// writeRecord writes the record of a batch. If UIDLs do not follow from the Maildir alone,
// it has to survive a crash as the files do.
func writeRecord(batch int, text []byte, sync bool) error {
	fd, _, err := openRegular(batch, recordName, unix.O_WRONLY|unix.O_CREAT|unix.O_EXCL)
	if err != nil {
		return err
	}
	file := os.NewFile(uintptr(fd), recordName)
	_, err = file.Write(text)
	if err == nil && sync {
		err = unix.Fdatasync(fd)
	}
	if err = errors.Join(err, file.Close()); err != nil {
		_ = unix.Unlinkat(batch, recordName, 0)
	}
	return err
}

// openRecord reads the record of a batch, up to so many octets, from which it takes those
// that it has read. What is missing or cannot be read is empty.
func openRecord(batch int, left *int64) record {
	fd, _, err := openRegular(batch, recordName, unix.O_RDONLY)
	if err != nil {
		return record{}
	}
	file := os.NewFile(uintptr(fd), recordName)
	defer file.Close()
	limited := &io.LimitedReader{R: file, N: *left}
	defer func() { *left = limited.N }()
	return readRecord(limited)
}

// readRecord reads a record. Lines that are not in the form are ignored.
func readRecord(r io.Reader) record {
	lines := bufio.NewScanner(r)
	rec := record{messages: map[string]recorded{}}
	if !lines.Scan() || lines.Text() != recordHead {
		return rec
	}
	for lines.Scan() {
		kind, rest, _ := strings.Cut(lines.Text(), " ")
		switch {
		case kind == "remote" && isWord(rest):
			rec.remote = rest
		case kind == "message":
			rec.add(rest)
		}
	}
	return rec
}

// add reads the line of a message after its first word. Of two with the same name the
// first counts.
func (rec *record) add(line string) {
	fields := strings.SplitN(line, " ", 3)
	if len(fields) != 3 {
		return
	}
	octets, err := strconv.ParseInt(fields[0], 10, 64)
	unique, bad := strconv.Unquote(fields[2])
	if err != nil || bad != nil || octets < 0 || !isWord(fields[1]) {
		return
	}
	if _, known := rec.messages[unique]; known {
		return
	}
	m := recorded{octets: octets, uidl: fields[1], place: len(rec.messages)}
	if m.uidl == "-" {
		m.uidl = ""
	}
	rec.messages[unique] = m
}
