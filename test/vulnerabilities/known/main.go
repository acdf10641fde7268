// Command known calls a function with a known vulnerability, GO-2022-0233. The check of the
// tree first shows that it reports this one.
package main

import (
	"net"

	proxyproto "github.com/pires/go-proxyproto"
)

func main() {
	listener := proxyproto.Listener{Listener: new(net.TCPListener)}
	_, _ = listener.Accept()
}
