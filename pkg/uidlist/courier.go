package uidlist

import (
	"fmt"
	"strconv"
	"strings"
)

// CourierName is the name of Courier's list.
const CourierName = "courierpop3dsizelist"

// courierVersion is the version that Courier writes.
const courierVersion = 3

// Courier is a courierpop3dsizelist.
type Courier struct {
	Version     int            // 0 to 3
	NextUID     uint64         // number that the next message gets; 0 in version 0
	UIDValidity uint64         // second number of the messages to come; 0 in versions 0 and 1
	Entries     []CourierEntry // as they are in the file
	path        string
}

// CourierEntry is a message of a courierpop3dsizelist.
type CourierEntry struct {
	Name        string // file name, with the flags of then
	Octets      int64  // of the message in POP3; wrong if the file has CRs
	UID         uint64 // 0 means that the UIDL is the file name
	UIDValidity uint64 // 0 means that it is not in the UIDL
	UTF8        bool   // The header has octets above 127.
}

// Unique returns the file name up to the first colon.
func (e CourierEntry) Unique() string { return uniqueName(e.Name) }

// UIDL returns the UIDL that Courier shows.
func (e CourierEntry) UIDL() string {
	switch {
	case e.UID == 0:
		return escapeCourier(e.Unique())
	case e.UIDValidity == 0:
		return fmt.Sprintf("UID%d", e.UID)
	}
	return fmt.Sprintf("UID%d-%d", e.UID, e.UIDValidity)
}

// escapeCourier returns a unique name as a UIDL: of other octets than most
// printable ones the hexadecimal digits after a plus sign.
func escapeCourier(unique string) string {
	var text strings.Builder
	for i := range len(unique) {
		if c := unique[i]; c < 0x21 || c > 0x7e || c == '\'' || c == '"' || c == '+' {
			fmt.Fprintf(&text, "+%02X", c)
		} else {
			text.WriteByte(c)
		}
	}
	return text.String()
}

// ReadCourier reads a courierpop3dsizelist of any version. The error is a
// *DamageError if a line is not an entry, or if the file is too large.
func ReadCourier(s Source) (*Courier, error) {
	l, err := s.open()
	if err != nil {
		return nil, err
	}
	c := &Courier{path: s.Path}
	if strings.HasPrefix(l.rest, "/") {
		if err := c.readHeader(l); err != nil {
			return nil, err
		}
	}
	c.Entries = make([]CourierEntry, 0, l.count())
	for {
		line, more, err := l.next()
		if err != nil {
			return nil, err
		}
		if !more {
			return c, nil
		}
		entry, ok := c.entry(line)
		if !ok {
			return nil, l.damage("the line is not an entry of version %d", c.Version)
		}
		c.Entries = append(c.Entries, entry)
		if err := l.roomFor(len(c.Entries)); err != nil {
			return nil, err
		}
	}
}

// readHeader reads the first line of a version that has one.
func (c *Courier) readHeader(l *lines) error {
	line, _, err := l.next()
	if err != nil {
		return err
	}
	version, rest, _ := strings.Cut(line[1:], " ")
	numbers, ok := parseNumbers(strings.Fields(rest))
	wanted := map[string]int{"1": 1, "2": 2, "3": 2}[version]
	if wanted == 0 {
		return l.damage("unknown version %.20q; versions 0 to 3 are known", version)
	}
	if !ok || len(numbers) != wanted || numbers[0] == 0 {
		return l.damage("the header of version %s needs %d numbers, and the first must not be 0", version, wanted)
	}
	c.Version = int(version[0] - '0')
	c.NextUID = numbers[0]
	if wanted > 1 {
		c.UIDValidity = numbers[1]
	}
	return nil
}

// entry reads a line after the header. A name may contain spaces.
func (c *Courier) entry(line string) (e CourierEntry, ok bool) {
	ids := []string{"0"}
	if c.Version > 0 {
		space := strings.LastIndexByte(line, ' ')
		if space < 0 {
			return e, false
		}
		ids, line = strings.Split(line[space+1:], ":"), line[:space]
	}
	numbers, ok := parseNumbers(ids)
	space := strings.LastIndexByte(line, ' ')
	if !ok || len(numbers) != max(c.Version, 1) || space < 1 {
		return e, false
	}
	e.Octets, ok = parseSize(line[space+1:])
	e.Name, e.UID = line[:space], numbers[0]
	if c.Version > 1 {
		e.UIDValidity = numbers[1]
	}
	if c.Version > 2 {
		e.UTF8 = numbers[2] != 0
	}
	return e, ok && e.Unique() != "" && !strings.Contains(e.Name, "/")
}

// parseNumbers returns the numbers, and whether all are some.
func parseNumbers(texts []string) ([]uint64, bool) {
	numbers := make([]uint64, len(texts))
	for i, text := range texts {
		n, err := strconv.ParseUint(text, 10, 64)
		if err != nil || text[0] == '+' {
			return nil, false
		}
		numbers[i] = n
	}
	return numbers, true
}
