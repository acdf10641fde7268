package pop3

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"

	"github.com/pires/go-proxyproto"
)

// errHeader is or is wrapped by the error for what is no PROXY protocol header.
var errHeader = errors.New("no PROXY protocol header")

const (
	// leastHeader is the length of the shortest header there is, "PROXY
	// UNKNOWN" and CRLF, and less than the head of any of version 2.
	leastHeader = 15
	// headV2 is the length of the head of version 2, which ends in the length
	// of the rest.
	headV2 = 16
	// maxHeaderV1 is how long a line of version 1 may be with its CRLF.
	maxHeaderV1 = 107
	// maxHeader bounds a header of version 2. It has to be 536 at least; who
	// adds client certificates needs more than a mail server has a use for.
	maxHeader = maxLine
)

var (
	beginV1 = []byte("PROXY ")
	beginV2 = []byte("\r\n\r\n\x00\r\nQUIT\n")
)

// TypeHops is the kind of field in a header of the PROXY protocol, among those
// that it leaves to applications, in which TPOPS says to TPOPS how many proxies
// a connection has passed, in one octet.
const TypeHops = 0xE4

// readHeader takes a header of either version from the input and returns it.
// Of the connection it reads what belongs to the header and nothing more, so
// that what follows is for whoever reads next. The error is or wraps
// errHeader, or is that of the connection: io.EOF if nothing came at all,
// io.ErrUnexpectedEOF behind the start of a header.
func (in *input) readHeader(from io.Reader) ([]byte, error) {
	start, err := in.await(from, leastHeader)
	if err != nil {
		return nil, err
	}
	length := 0
	switch {
	case bytes.HasPrefix(start, beginV1):
		length, err = in.awaitLine(from)
	case bytes.HasPrefix(start, beginV2):
		length, err = in.awaitV2(from)
	default:
		err = errHeader
	}
	if err != nil {
		return nil, err
	}
	header := in.buf[in.taken : in.taken+length]
	in.taken += length
	return header, nil
}

// await reads until n octets wait in the input, no more than fit, and returns
// these.
func (in *input) await(from io.Reader, n int) ([]byte, error) {
	for {
		waiting := in.buf[in.taken:]
		if len(waiting) >= n {
			return waiting[:n], nil
		}
		end := len(in.buf)
		got, err := from.Read(in.buf[end : in.taken+n])
		in.buf = in.buf[:end+got]
		if got > 0 || err == nil {
			continue
		}
		if len(waiting) > 0 && errors.Is(err, io.EOF) {
			err = io.ErrUnexpectedEOF
		}
		return nil, err
	}
}

// awaitLine waits for the line of version 1 and returns its length. Where it
// ends is known only when it has, so it is read octet by octet.
func (in *input) awaitLine(from io.Reader) (int, error) {
	for n := leastHeader; n <= maxHeaderV1; n++ {
		line, err := in.await(from, n)
		if err != nil {
			return 0, err
		}
		if end := bytes.IndexByte(line, '\n'); end >= 0 {
			return end + 1, nil
		}
	}
	return 0, fmt.Errorf("%w: its line is too long", errHeader)
}

// awaitV2 waits for a header of version 2 and returns its length.
func (in *input) awaitV2(from io.Reader) (int, error) {
	head, err := in.await(from, headV2)
	if err != nil {
		return 0, err
	}
	length := headV2 + int(binary.BigEndian.Uint16(head[headV2-2:]))
	if length > maxHeader {
		return 0, fmt.Errorf("%w: %d octets are too long", errHeader, length)
	}
	_, err = in.await(from, length)
	return length, err
}

// origin is what a header says of a connection.
type origin struct {
	remote, local netip.AddrPort // not valid if it says nothing of them
	hops          int            // proxies passed
	tls           string         // version of the client's TLS, "TLS" if it is not known; "" in clear
}

// Where command and family are in the head of version 2.
const atCommand, atFamily = 12, 13

// parseHeader returns what a whole header says. A client that is not known, or
// did not come over IP, and a connection of the load balancer's own (LOCAL)
// have no addresses. The header is whole and short, so that the parser neither
// waits nor gathers.
func parseHeader(header []byte) (origin, error) {
	local := bytes.HasPrefix(header, beginV2) && header[atCommand] == byte(proxyproto.LOCAL)
	if local && header[atFamily] != byte(proxyproto.UNSPEC) {
		return origin{}, nil // A family that it names all the same has to be ignored.
	}
	header = unspecAsLocal(header)
	h, err := proxyproto.Read(bufio.NewReaderSize(bytes.NewReader(header), len(header)))
	if err != nil {
		return origin{}, fmt.Errorf("%w: %w", errHeader, err)
	}
	o, err := parseFields(h)
	if err != nil {
		return origin{}, err
	}
	if local {
		o.tls = "" // The load balancer itself has connected.
	}
	if h.Command.IsLocal() || h.TransportProtocol == proxyproto.UnixStream {
		return o, nil
	}
	from, to, ok := h.TCPAddrs()
	if !ok {
		return origin{}, fmt.Errorf("%w: its client did not come over TCP", errHeader)
	}
	o.remote, o.local = tcpAddrPort(from), tcpAddrPort(to)
	return o, nil
}

// unspecAsLocal returns a header of version 2 whose family is UNSPEC with the
// command LOCAL, and any other header unchanged: the parser accepts that family only with this command.
func unspecAsLocal(header []byte) []byte {
	if !bytes.HasPrefix(header, beginV2) || header[atFamily] != byte(proxyproto.UNSPEC) || header[atCommand] != byte(proxyproto.PROXY) {
		return header
	}
	header = bytes.Clone(header)
	header[atCommand] = byte(proxyproto.LOCAL)
	return header
}

// tcpAddrPort returns an address without what IPv6 may put around IPv4.
func tcpAddrPort(addr *net.TCPAddr) netip.AddrPort {
	a := addr.AddrPort()
	return netip.AddrPortFrom(a.Addr().Unmap(), a.Port())
}
