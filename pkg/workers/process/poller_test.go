package process

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"tpops/pkg/socketpair"
)

// child returns the Poller of a child whose parent is the test, and the parent's
// end.
func child(t *testing.T, listeners ...*os.File) (*Poller, *Child) {
	t.Helper()
	ours, theirs, err := socketpair.New("control")
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
	if input := p.Next(true, patience); input.Order != Drain || input.Time != 3*time.Second {
		t.Errorf("%+v", input)
	}
	if input := p.Next(true, 0); input != (Input{}) {
		t.Errorf("no input was expected: %+v", input)
	}
	p.Wake()
	p.Wake()
	if input := p.Next(true, patience); !input.Woken {
		t.Errorf("%+v", input)
	}
	parent.control.Close()
	if input := p.Next(true, patience); !input.Orphaned {
		t.Errorf("%+v", input)
	}
	// The end is reported once.
	if input := p.Next(true, 0); input != (Input{}) {
		t.Errorf("%+v", input)
	}
}

// A call of Wake is reported once, whether Next waits beside a session or for clients.
func TestPollerWake(t *testing.T) {
	_, file := listen(t)
	p, _ := child(t, file)
	for _, accept := range []bool{false, true} {
		for _, waits := range []bool{false, true} {
			if waits {
				time.AfterFunc(20*time.Millisecond, p.Wake) // Most likely Next waits by then.
			} else {
				p.Wake()
			}
			if input := p.Next(accept, patience); !input.Woken {
				t.Errorf("accept %v, waits %v: %+v", accept, waits, input)
			}
			for _, again := range []bool{accept, !accept} {
				if input := p.Next(again, 0); input != (Input{}) {
					t.Errorf("accept %v, waits %v: again %+v", accept, waits, input)
				}
			}
		}
	}
}

// An order takes precedence over a connection.
func TestPollerOrderFirst(t *testing.T) {
	l, file := listen(t)
	conn, err := net.Dial("tcp", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	p, parent := child(t, file)
	parent.Order(Renew, 0)
	if input := p.Next(true, patience); input.Order != Renew {
		t.Errorf("%+v", input)
	}
	if input := p.Next(false, 0); input != (Input{}) {
		t.Errorf("a connection was accepted: %+v", input)
	}
	input := p.Next(true, patience)
	if input.Conn == nil {
		t.Fatalf("%+v", input)
	}
	input.Conn.Close()
	p.StopAccepting()
	if input := p.Next(true, 0); input != (Input{}) {
		t.Errorf("after the end: %+v", input)
	}
}

// Two listeners with waiting clients take turns.
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
		input := p.Next(true, patience)
		if input.Conn == nil || input.From != want {
			t.Fatalf("connection %d: %+v, want from %d", i, input, want)
		}
		input.Conn.Close()
	}
}

// decodeOrder accepts only what encodeOrder makes.
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
		t.Error("the sealed file can be changed")
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
