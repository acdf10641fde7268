package main

import (
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net"
	"sync"
	"time"
)

// again returns when a hostile client whose connection has ended makes another
// one: after a second or so, and not all at the same moment.
func again() time.Duration { return time.Second/2 + rand.N(time.Second) }

// flood is a way to be a nuisance.
type flood struct {
	name string
	from func(i int) net.IP // the address of hostile client number i; nil: there are none
	says string             // after which it reads until the server closes
}

var floods = []flood{
	{"none", nil, ""},
	{"silent, one address", oneAddress, ""},
	{"silent, an address each", manyAddresses, ""},
	{"guesses, one address", oneAddress, "USER victim%d\r\nPASS wrong\r\n"},
	{"guesses, an address each", manyAddresses, "USER victim%d\r\nPASS wrong\r\n"},
}

func oneAddress(int) net.IP { return net.IPv4(127, 6, 6, 6) }

func manyAddresses(i int) net.IP { return net.IPv4(127, 66, byte(i/200), byte(1+i%200)) }

// start starts the hostile clients and returns what ends them.
func (f flood) start(addr string) (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var all sync.WaitGroup
	for i := range hostile {
		if f.from == nil {
			break
		}
		all.Go(func() {
			for ctx.Err() == nil {
				f.annoy(ctx, addr, i)
				select {
				case <-ctx.Done():
				case <-time.After(again()):
				}
			}
		})
	}
	return func() {
		cancel()
		all.Wait()
	}
}

// annoy makes one connection and keeps it for as long as the server does.
func (f flood) annoy(ctx context.Context, addr string, i int) {
	d := net.Dialer{LocalAddr: &net.TCPAddr{IP: f.from(i)}}
	conn, err := d.DialContext(ctx, "tcp", addr)
	if err != nil {
		return // The queue of the socket is full, which is what a flood is about.
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { _ = conn.SetDeadline(time.Unix(1, 0)) })()
	if f.says != "" {
		_, _ = fmt.Fprintf(conn, f.says, i%100) // The server's log has the result.
	}
	_, _ = io.Copy(io.Discard, conn) // Its end is all that matters.
}
