package pop3

import (
	"net"
	"net/netip"
)

// addrPort returns an address of IP, or one that is not valid.
func addrPort(addr net.Addr) netip.AddrPort {
	tcp, ok := addr.(*net.TCPAddr)
	if !ok {
		return netip.AddrPort{}
	}
	return tcpAddrPort(tcp)
}

// host returns the address without its port.
func host(addr net.Addr) string {
	if addr == nil {
		return ""
	}
	switch a := addr.(type) {
	case *net.TCPAddr:
		return a.AddrPort().Addr().Unmap().String()
	case *net.UnixAddr:
		return "local"
	}
	return addr.String()
}
