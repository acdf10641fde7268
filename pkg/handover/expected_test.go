package handover

import (
	"os"
	"sync"
	"testing"
)

func TestExpected(t *testing.T) {
	tests := []struct {
		name     string
		expect   int // sessions handed over, -1: nothing was left
		received int
		want     string
	}{
		{"nothing was handed over", -1, 0, ""},
		{"all came", 7, 7, ""},
		{"some came", 7, 5, "7 sessions were handed over and systemd has not kept 2 of them; see FileDescriptorStoreMax"},
		{"another process has sent some too", 7, 9, ""},
		{"a parcel could not be read", 7, 5 + unreadable, ""},
		{"nothing came", 7, 0, "7 sessions were handed over and systemd has not kept them; see FileDescriptorStoreMax"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			s := &Service{Directory: t.TempDir()}
			if tt.expect >= 0 {
				s.recordExpected(tt.expect)
			}
			got := ""
			if err := s.checkExpected(tt.received); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if _, err := os.Stat(s.expectedFile()); !os.IsNotExist(err) {
				t.Errorf("the file is still there: %v", err)
			}
			if err := s.checkExpected(0); err != nil {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

// A second Send does not hide that sessions of the first one are lost.
func TestExpectedOfSeveral(t *testing.T) {
	s := &Service{Directory: t.TempDir()}
	var sends sync.WaitGroup
	for _, sessions := range []int{3, 4} {
		sends.Go(func() { s.recordExpected(sessions) })
	}
	sends.Wait()
	next := &Service{Directory: s.Directory}
	const want = "7 sessions were handed over and systemd has not kept 3 of them; see FileDescriptorStoreMax"
	if err := next.checkExpected(4); err == nil || err.Error() != want {
		t.Errorf("%v, want %s", err, want)
	}
}

func TestExpectedWithoutDirectory(t *testing.T) {
	s := &Service{}
	s.recordExpected(7)
	if err := s.checkExpected(0); err != nil {
		t.Error(err)
	}
}
