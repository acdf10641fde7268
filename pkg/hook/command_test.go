package hook

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// The helper gets the options with which Command starts it.
func TestCommandOptions(t *testing.T) {
	want := options{program: "/bin/true", timeout: 90 * time.Second, max: 7}
	got, err := parseOptions(Command(want.program, want.timeout, want.max).Args)
	if err != nil || got != want {
		t.Errorf("%+v, %v; want %+v", got, err, want)
	}
	for _, args := range [][]string{nil, {"hook", "/bin/true", "1s"}, {"hook", "/bin/true", "long", "1"}, {"hook", "/bin/true", "1s", "many"}} {
		if _, err := parseOptions(args); !errors.Is(err, ErrUsage) {
			t.Errorf("%q: %v", args, err)
		}
	}
}

func TestCheckProgram(t *testing.T) {
	dir := t.TempDir()
	tests := []struct {
		name string
		mode os.FileMode
		want string
	}{
		{"good", 0o755, ""},
		{"writable", 0o775, "may be changed by others than its owner (its mode is 0775)"},
		{"no program", 0o644, "cannot be started: permission denied"},
	}
	for _, tt := range tests {
		path := filepath.Join(dir, tt.name)
		if err := os.WriteFile(path, []byte("#!/bin/sh\n"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, tt.mode); err != nil {
			t.Fatal(err)
		}
		got := ""
		if err := CheckProgram(path); err != nil {
			got = err.Error()
		}
		if got != tt.want {
			t.Errorf("%s: %q, want %q", tt.name, got, tt.want)
		}
	}
	if err := CheckProgram(dir); err == nil || !strings.Contains(err.Error(), "is not a file") {
		t.Errorf("a directory: %v", err)
	}
	if err := CheckProgram(filepath.Join(dir, "missing")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a missing file: %v", err)
	}
}
