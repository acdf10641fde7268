package process

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"
)

// child returns the Poller of a child whose parent is the test, and the parent's
// end.
func child(t *testing.T, listeners ...*os.File) (*Poller, *Child) {
	t.Helper()
	ours, theirs, err := controlPair()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { ours.Close(); theirs.Close() })
	p, err := NewPoller(theirs, listeners...)
	if err != nil {
		t.Fatal(err)
	}
	return p, &Child{control: ours}
}

func TestPollerOrders(t *testing.T) {
	p, parent := child(t)
	parent.Order(Drain, 3*time.Second)
	if news := p.Next(true, patience); news.Order != Drain || news.Time != 3*time.Second {
		t.Errorf("%+v", news)
	}
	if news := p.Next(true, 0); news != (Input{}) {
		t.Errorf("nothing has come: %+v", news)
	}
	p.Wake()
	p.Wake()
	if news := p.Next(true, patience); !news.Woken {
		t.Errorf("%+v", news)
	}
	parent.control.Close()
	if news := p.Next(true, patience); !news.Orphaned {
		t.Errorf("%+v", news)
	}
	// The end is news once.
	if news := p.Next(true, 0); news != (Input{}) {
		t.Errorf("%+v", news)
	}
}

// An order that is there goes before a connection that is there too.
func TestPollerOrderFirst(t *testing.T) {
	l, file := listen(t)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, parent := child(t, file)
	parent.Order(Renew, 0)
	if news := p.Next(true, patience); news.Order != Renew {
		t.Errorf("%+v", news)
	}
	if news := p.Next(false, 0); news != (Input{}) {
		t.Errorf("nothing was to be accepted: %+v", news)
	}
	news := p.Next(true, patience)
	if news.Conn == nil {
		t.Fatalf("%+v", news)
	}
	news.Conn.Close()
	p.StopAccepting()
	if news := p.Next(true, 0); news != (Input{}) {
		t.Errorf("after the end: %+v", news)
	}
}

// TestPollerFair has two listeners that both always have somebody: they take
// turns.
func TestPollerFair(t *testing.T) {
	one, oneFile := listen(t)
	two, twoFile := listen(t)
	p, _ := child(t, oneFile, twoFile)
	for range 2 {
		for _, l := range []net.Listener{one, two} {
			conn, err := net.Dial("tcp", l.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
		}
	}
	for i, want := range []int{0, 1, 0, 1} {
		news := p.Next(true, patience)
		if news.Conn == nil || news.From != want {
			t.Fatalf("connection %d: %+v, want from %d", i, news, want)
		}
		news.Conn.Close()
	}
}

// What is no order ends the child, as the end of its parent would.
func FuzzDecodeOrder(f *testing.F) {
	f.Add(encodeOrder(Drain, time.Second))
	f.Add([]byte("nonsense"))
	f.Fuzz(func(t *testing.T, message []byte) {
		o, d := decodeOrder(message)
		if o != 0 && string(encodeOrder(o, d)) != string(message) {
			t.Errorf("%q became %q, %v", message, o, d)
		}
	})
}

func TestSeal(t *testing.T) {
	file, err := Seal([]byte("secret"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	for range 2 {
		if data, err := unseal(fd(file)); err != nil || string(data) != "secret" {
			t.Errorf("%q, %v", data, err)
		}
	}
	if _, err := file.WriteString("x"); err == nil {
		t.Error("it can be changed")
	}
	plain, err := os.Create(t.TempDir() + "/x")
	if err != nil {
		t.Fatal(err)
	}
	defer plain.Close()
	if _, err := unseal(fd(plain)); err == nil || !strings.Contains(err.Error(), "not a sealed file") {
		t.Error(err)
	}
}
