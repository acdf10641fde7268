package main

import (
	"os"
	"os/signal"
	"syscall"
	"testing"
	"time"
)

// Signals of one kind that nothing takes do not displace one of another kind.
func TestSignalsKept(t *testing.T) {
	kinds := []syscall.Signal{syscall.SIGHUP, syscall.SIGTERM, syscall.SIGINT}
	for _, many := range kinds {
		for _, one := range kinds {
			if one != many {
				t.Run(many.String()+" and "+one.String(), func(t *testing.T) { keepsSignal(t, many, one) })
			}
		}
	}
}

// TestStopOvertakesReload checks that a signal that ends the daemon is passed on before a SIGHUP
// that waits, and that the SIGHUP is not lost.
func TestStopOvertakesReload(t *testing.T) {
	for _, stop := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		all, hup, term, interrupt := make(chan os.Signal), make(chan os.Signal), make(chan os.Signal), make(chan os.Signal)
		go forward(all, hup, term, interrupt)
		hup <- syscall.SIGHUP
		if stop == syscall.SIGTERM {
			term <- stop
		} else {
			interrupt <- stop
		}
		if first, second := <-all, <-all; first != stop || second != syscall.SIGHUP {
			t.Errorf("%v, then %v", first, second)
		}
	}
}

func keepsSignal(t *testing.T, many, one syscall.Signal) {
	seen := make(chan os.Signal, 1)
	signal.Notify(seen, many, one)
	t.Cleanup(func() { signal.Reset(many, one) })
	signals := queueSignals()
	for range 20 {
		raise(t, many, seen)
	}
	raise(t, one, seen)
	for {
		select {
		case s := <-signals:
			if s == one {
				return
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("%v was lost", one)
		}
	}
}

// raise sends this process a signal, and returns when the runtime has distributed it.
func raise(t *testing.T, s syscall.Signal, seen <-chan os.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), s); err != nil {
		t.Fatal(err)
	}
	<-seen
}
