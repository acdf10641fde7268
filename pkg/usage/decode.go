package usage

import (
	"encoding/binary"
	"net/netip"
	"time"
)

// decode returns the record with which b begins, and its number of blocks. It returns
// false for anything else.
func decode(b []byte) (c Client, blocks int, ok bool) {
	if len(b) < atTexts || b[0] != recordMark {
		return c, 0, false
	}
	blocks = int(b[atBlocks])
	size := blocks * blockSize
	user, method, tls := int(b[atUser]), int(b[atMethod]), int(b[atTLS])
	if size > len(b) || atTexts+user+method+tls > size || binary.LittleEndian.Uint32(b[atSum:]) != checksum(b[:size]) {
		return c, 0, false
	}
	texts := string(b[atTexts : atTexts+user+method+tls])
	flags := b[atFlags]
	c = Client{
		User: texts[:user], Class: Class{
			Method: texts[user : user+method], TLS: texts[user+method:],
			Implicit: flags&flagImplicit != 0, Offloaded: flags&flagOffloaded != 0, Local: flags&flagLocal != 0,
		},
		Last: timeAt(b[atLast:]), First: timeAt(b[atFirst:]),
		Client: netip.AddrPortFrom(address(b[atClient:]), 0), Server: netip.AddrPortFrom(address(b[atServer:]), binary.LittleEndian.Uint16(b[atPort:])),
	}
	c.decodeCounts(b)
	s := session{User: c.User, Class: c.Class, Login: c.First}
	return c, blocks, s.usable() && !c.Last.Before(c.First)
}

func (c *Client) decodeCounts(b []byte) {
	for i, n := range []*int{&c.Total.Logins, &c.Total.Retrieved, &c.Total.Deleted} {
		*n = int(binary.LittleEndian.Uint32(b[atTotal+4*i:]))
	}
	for i := range c.weeks {
		w := &c.weeks[i]
		for j, n := range []*int{&w.Logins, &w.Retrieved, &w.Deleted} {
			*n = int(binary.LittleEndian.Uint16(b[atWeeks+6*i+2*j:]))
		}
	}
}

func timeAt(b []byte) time.Time { return time.Unix(int64(binary.LittleEndian.Uint32(b)), 0) }

// address returns the address that putAddress has written.
func address(b []byte) netip.Addr {
	octets := [16]byte(b[:16])
	if octets == [16]byte{} {
		return netip.Addr{}
	}
	return netip.AddrFrom16(octets).Unmap()
}

// scanPage passes each record of a page to found, with its place and length in blocks, and
// each run of other blocks to free. damaged is set if the blocks are not empty. The record
// is valid until found returns.
func scanPage(page []byte, from int, found func(c *Client, at, blocks int), free func(at, blocks int, damaged bool)) {
	hole, damaged := from, false
	end := func(at int) {
		if at > hole {
			free(hole, at-hole, damaged)
		}
		damaged = false
	}
	var c Client // for all: they are many
	at := from
	for at < len(page)/blockSize {
		var blocks int
		var ok bool
		if c, blocks, ok = decode(page[at*blockSize:]); !ok {
			damaged = damaged || !isZero(page[at*blockSize:(at+1)*blockSize])
			at++
			continue
		}
		end(at)
		found(&c, at, blocks)
		at += blocks
		hole = at
	}
	end(at)
}

func isZero(b []byte) bool {
	for _, octet := range b {
		if octet != 0 {
			return false
		}
	}
	return true
}
