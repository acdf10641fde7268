package proc

import (
	"os"
	"testing"
	"time"
)

func TestParseStat(t *testing.T) {
	line := "42 (a (b) c) S 7 42 42 0 -1 4194304 100 200 0 0 150 50 30 20 20 0 1 0 100 1000 10"
	got := parseStat(line)
	want := Process{PID: 42, Parent: 7, Name: "a (b) c", own: 2 * time.Second, children: 500 * time.Millisecond}
	if got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
	for _, bad := range []string{"", "42", "42 (", ") (", "1 (x) S 3"} {
		if got := parseStat(bad); got.own != 0 {
			t.Errorf("%q: %+v", bad, got)
		}
	}
}

func TestDescendants(t *testing.T) {
	all := map[int]Process{}
	for _, p := range []Process{{PID: 1}, {PID: 2, Parent: 1}, {PID: 3, Parent: 2}, {PID: 4, Parent: 1}} {
		all[p.PID] = p
	}
	if got := descendants(2, all); len(got) != 2 {
		t.Errorf("descendants of 2: %v, want 2 and 3", got)
	}
	if got := descendants(9, all); len(got) != 0 {
		t.Errorf("descendants of a process that has ended: %v", got)
	}
}

func TestOfThisProcess(t *testing.T) {
	pid := os.Getpid()
	before, err := CPU(pid)
	if err != nil {
		t.Fatal(err)
	}
	for sum := 0; ; sum++ {
		if after, _ := CPU(pid); after > before {
			break
		}
	}
	if m, err := Memory(pid); err != nil || m < 1<<20 {
		t.Errorf("Memory = %d, %v", m, err)
	}
	if p := Private(pid); p < 100<<10 {
		t.Errorf("Private = %d", p)
	}
	if _, err := CPU(1 << 30); err == nil {
		t.Error("CPU of no process: no error")
	}
}
