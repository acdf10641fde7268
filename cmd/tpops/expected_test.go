package main

import (
	"os"
	"testing"
)

func TestMissed(t *testing.T) {
	tests := []struct {
		name    string
		expect  int // sessions handed over, -1: nothing was left
		parcels int
		want    string
	}{
		{"nothing was handed over", -1, 0, ""},
		{"all came", 7, 1, ""},
		{"nothing came", 7, 0, "7 sessions were handed over and systemd has not kept them; see FileDescriptorStoreMax"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Setenv("RUNTIME_DIRECTORY", t.TempDir()+":/elsewhere")
			if tt.expect >= 0 {
				leaveExpected(tt.expect)
			}
			got := ""
			if err := missed(tt.parcels); err != nil {
				got = err.Error()
			}
			if got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
			if _, err := os.Stat(expectedFile()); !os.IsNotExist(err) {
				t.Errorf("the file is still there: %v", err)
			}
			if err := missed(0); err != nil {
				t.Errorf("a second time: %v", err)
			}
		})
	}
}

func TestMissedWithoutDirectory(t *testing.T) {
	t.Setenv("RUNTIME_DIRECTORY", "")
	leaveExpected(7)
	if err := missed(0); err != nil {
		t.Error(err)
	}
}
