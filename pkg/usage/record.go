package usage

import (
	"encoding/binary"
	"hash/crc32"
	"math"
	"net/netip"
	"time"
)

const (
	// blockSize is the size of a block in octets.
	blockSize = 32
	// pageSize is the size of a page in octets, which the kernel changes as a whole.
	pageSize   = 4096
	pageBlocks = pageSize / blockSize
	// weeks is how many weeks are counted one by one: a quarter of a year.
	weeks = 13
	week  = 7 * 24 * time.Hour
)

// Count is what clients have done in a time.
type Count struct {
	Logins    int `json:"logins"`
	Retrieved int `json:"retrieved"` // messages
	Deleted   int `json:"deleted"`   // messages
}

func (c *Count) add(d Count) {
	c.Logins += d.Logins
	c.Retrieved += d.Retrieved
	c.Deleted += d.Deleted
}

// Client is a record: what is known of the clients of a user that are of one class.
type Client struct {
	User string
	Class
	First  time.Time      // login; all times are in seconds
	Last   time.Time      // login
	Client netip.AddrPort // of the last login, without port; not valid unless it came over IP
	Server netip.AddrPort // likewise, with the port
	Total  Count          // since First

	weeks [weeks]Count // the first one is that of Last
}

// key identifies a record.
type key struct {
	user  string
	class Class
}

func (c *Client) key() key { return key{c.User, c.Class} }

// newClient returns the record of the first session.
func newClient(s *session) Client {
	login := s.Login.Truncate(time.Second)
	c := Client{User: s.User, Class: s.Class, First: login, Last: login}
	c.addSession(s)
	return c
}

// addSession adds a session of the same key.
func (c *Client) addSession(s *session) {
	one := Client{First: s.Login.Truncate(time.Second), Client: s.Client, Server: s.Server, Total: Count{1, s.Retrieved, s.Deleted}}
	one.Last, one.weeks[0] = one.First, one.Total
	c.add(&one)
}

// add adds the sessions of another record with the same key.
func (c *Client) add(d *Client) {
	if d.First.Before(c.First) {
		c.First = d.First
	}
	c.Total.add(d.Total)
	if newer := weekOf(d.Last) - weekOf(c.Last); newer > 0 {
		c.shift(newer)
	}
	if !d.Last.Before(c.Last) {
		c.Last, c.Client, c.Server = d.Last, d.Client, d.Server
	}
	older := weekOf(c.Last) - weekOf(d.Last)
	for i := 0; i+older < weeks; i++ {
		c.weeks[i+older].add(d.weeks[i])
	}
}

// correct makes last the last login of a record whose last login is after now: the clock was
// ahead then. Otherwise no login would change it until that time, nor count for its own week.
func (c *Client) correct(now, last time.Time) {
	if !c.Last.After(now) {
		return
	}
	c.Last = last.Truncate(time.Second)
	if c.First.After(c.Last) {
		c.First = c.Last
	}
}

// shift makes room for so many newer weeks.
func (c *Client) shift(by int) {
	var moved [weeks]Count
	if by < weeks {
		copy(moved[by:], c.weeks[:])
	}
	c.weeks = moved
}

// weekOf returns the number of the week of a time.
func weekOf(t time.Time) int { return int(t.Unix() / int64(week/time.Second)) }

// Since returns the counts of the weeks from the one that contains start. If these are
// more than 13 weeks, it returns those since the first login.
func (c *Client) Since(start time.Time) (sum Count) {
	last := weekOf(c.Last) - weekOf(start)
	if last >= weeks || !start.After(c.First) {
		return c.Total
	}
	for i := 0; i <= last; i++ {
		sum.add(c.weeks[i])
	}
	return sum
}

// The places in a record.
const (
	atBlocks, atFlags, atMethod, atTLS, atUser = 1, 2, 3, 4, 5 // the last three: lengths
	atPort, atSum                              = 6, 8
	atLast, atFirst                            = 12, 16
	atClient, atServer                         = 20, 36
	atTotal                                    = 52
	atWeeks                                    = atTotal + 3*4
	atTexts                                    = atWeeks + weeks*3*2
)

// maxRecord is the size of the longest record in octets.
const maxRecord = (atTexts + maxUser + 2*maxWord + blockSize - 1) / blockSize * blockSize

// recordMark is the first octet of each record.
const recordMark = 1

// The flags of a record.
const (
	flagImplicit = 1 << iota
	flagOffloaded
	flagLocal
)

var castagnoli = crc32.MakeTable(crc32.Castagnoli)

// encode returns the record as blocks.
func (c *Client) encode() []byte {
	texts := c.User + c.Method + c.TLS
	blocks := (atTexts + len(texts) + blockSize - 1) / blockSize
	b := make([]byte, blocks*blockSize)
	b[0], b[atBlocks], b[atFlags] = recordMark, byte(blocks), c.flags()
	b[atUser], b[atMethod], b[atTLS] = byte(len(c.User)), byte(len(c.Method)), byte(len(c.TLS))
	binary.LittleEndian.PutUint16(b[atPort:], c.Server.Port())
	binary.LittleEndian.PutUint32(b[atLast:], seconds(c.Last))
	binary.LittleEndian.PutUint32(b[atFirst:], seconds(c.First))
	putAddress(b[atClient:], c.Client.Addr())
	putAddress(b[atServer:], c.Server.Addr())
	for i, n := range []int{c.Total.Logins, c.Total.Retrieved, c.Total.Deleted} {
		binary.LittleEndian.PutUint32(b[atTotal+4*i:], uint32(min(n, math.MaxUint32)))
	}
	for i, w := range c.weeks {
		for j, n := range []int{w.Logins, w.Retrieved, w.Deleted} {
			binary.LittleEndian.PutUint16(b[atWeeks+6*i+2*j:], uint16(min(n, math.MaxUint16)))
		}
	}
	copy(b[atTexts:], texts)
	binary.LittleEndian.PutUint32(b[atSum:], checksum(b))
	return b
}

func (c *Client) flags() (set byte) {
	for i, on := range []bool{c.Implicit, c.Offloaded, c.Class.Local} {
		if on {
			set |= 1 << i
		}
	}
	return set
}

func seconds(t time.Time) uint32 { return uint32(max(0, min(t.Unix(), math.MaxUint32))) }

// putAddress writes an address, which is 0 if it is not valid.
func putAddress(b []byte, a netip.Addr) {
	if a.IsValid() {
		octets := a.WithZone("").As16()
		copy(b, octets[:])
	}
}

// checksum returns the checksum of a record without its own place.
func checksum(b []byte) uint32 {
	return crc32.Update(crc32.Checksum(b[:atSum], castagnoli), castagnoli, b[atSum+4:])
}
