package process

import (
	"runtime"
	"testing"
	"time"
)

// A child waits for orders as the Go runtime waits for files, so that its session runs
// meanwhile although only one thread may execute Go code.
func TestNextOrderLeavesProcessor(t *testing.T) {
	p, _ := child(t)
	if input, ok := p.nextOrder(0); !ok || input != (Input{}) {
		t.Fatalf("%+v, %v: the runtime cannot wait for the control connection", input, ok)
	}
	defer runtime.GOMAXPROCS(runtime.GOMAXPROCS(1))
	steps := 0
	go func() {
		for range 100 {
			steps++
			runtime.Gosched()
		}
		p.Wake()
	}()
	if input := p.Next(false, patience); !input.Woken || steps != 100 {
		t.Errorf("%+v after %d steps", input, steps)
	}
}

// A call of Wake at any moment of Next is seen.
func TestNextOrderWoken(t *testing.T) {
	p, _ := child(t)
	for i := range 5000 {
		go p.Wake()
		wait := patience
		if i%2 == 0 {
			wait = -1
		}
		if input := p.Next(false, wait); !input.Woken {
			t.Fatalf("call %d: %+v", i, input)
		}
	}
}

// Orders are seen after the time-out of an earlier wait, and after a call of Wake. The end
// of the parent is reported once.
func TestNextOrderAfterWake(t *testing.T) {
	p, parent := child(t)
	p.Wake()
	if input := p.Next(false, 0); !input.Woken {
		t.Errorf("%+v", input)
	}
	if input := p.Next(false, time.Millisecond); input != (Input{}) {
		t.Errorf("%+v", input)
	}
	parent.Order(Renew, 0)
	if input := p.Next(false, -1); input.Order != Renew {
		t.Errorf("%+v", input)
	}
	parent.control.Close()
	if input := p.Next(false, -1); !input.Orphaned {
		t.Errorf("%+v", input)
	}
	if input := p.Next(false, time.Millisecond); input != (Input{}) {
		t.Errorf("%+v", input)
	}
}
