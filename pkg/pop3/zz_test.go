package pop3_test

import (
	"bufio"
	"context"
	"crypto/tls"
	"fmt"
	"net"
	"os"
	"runtime"
	"runtime/pprof"
	"strings"
	"testing"
	"time"

	"golang.org/x/sys/unix"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

func TestZZ(t *testing.T) {
	n := 4000
	authority := certstest.NewAuthority(t)
	pair := authority.Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}}).Pair(t)
	drop := pop3test.NewMemory("one\n")
	tr := &transcript{t: t, drop: drop, pool: authority.Pool()}
	s := pop3.NewServer(&pop3.Backend{
		Authenticator:  users{tr},
		Open:           func(context.Context, *pop3.Account, *pop3.Client) (pop3.Mailbox, error) { return drop.Open() },
		TLS:            &tls.Config{Certificates: []tls.Certificate{pair}},
		CommandTimeout: time.Hour, ConnectionKeepTime: time.Hour, LoginTime: time.Minute,
	}, 10000, nil, nil)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	useTLS := os.Getenv("ZTLS") != ""
	go s.Serve(l, pop3.Port{TLS: useTLS})
	stat := func() (heap, stack int64) {
		runtime.GC()
		runtime.GC()
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		return int64(m.HeapAlloc), int64(m.StackInuse)
	}
	h0, s0 := stat()
	for range n {
		c, err := net.Dial("tcp", l.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		var cc net.Conn = c
		if useTLS {
			cc = tls.Client(c, &tls.Config{InsecureSkipVerify: true})
		}
		r := bufio.NewReader(cc)
		r.ReadString('\n')
		if os.Getenv("ZLOGIN") != "" {
			fmt.Fprintf(cc, "USER mrose\r\nPASS tanstaaf\r\n")
			r.ReadString('\n')
			if x, _ := r.ReadString('\n'); !strings.HasPrefix(x, "+OK") {
				t.Fatal(x)
			}
		}
		f, _ := c.(*net.TCPConn).File()
		nfd, _ := unix.Dup(int(f.Fd()))
		_ = nfd
		f.Close()
		c.Close()
	}
	time.Sleep(time.Second)
	h1, s1 := stat()
	t.Logf("heap %d stack %d per session; goroutines %d", (h1-h0)/int64(n), (s1-s0)/int64(n), runtime.NumGoroutine())
	f, _ := os.Create("/tmp/pk/heap.prof")
	pprof.Lookup("heap").WriteTo(f, 0)
	f.Close()
}
