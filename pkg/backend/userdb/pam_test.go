package userdb

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/pam"
)

// helperName is the name under which the test program is the helper process.
const helperName = "tpops_pam"

func TestMain(m *testing.M) {
	if filepath.Base(os.Args[0]) != helperName {
		os.Exit(m.Run())
	}
	noUsers := func(context.Context) *exec.Cmd { return exec.Command("/bin/false") }
	if err := pam.Serve(os.Stdin, os.Stdout, noUsers); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// helperProgram returns the path of a link to the test program.
func helperProgram(t *testing.T) (string, error) {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	path := filepath.Join(t.TempDir(), helperName)
	return path, os.Symlink(self, path)
}

// TestPAMStartsOnce checks that later configurations use the same process, and that
// its end is noticed.
func TestPAMStartsOnce(t *testing.T) {
	c, p, starts := load(t, "--auth-type=pam"), &PAM{}, 0
	program := func() (string, error) {
		starts++
		return helperProgram(t)
	}
	if p.Ended() != nil {
		t.Error("it has ended before it was started")
	}
	for range 2 {
		if err := p.start(c, program); err != nil {
			t.Fatal(err)
		}
		p.Confine()
	}
	if starts != 1 {
		t.Errorf("%d starts", starts)
	}
	p.Close()
	<-p.Ended()
}

// TestPAMStartFails checks that each error has the place of auth-type.
func TestPAMStartFails(t *testing.T) {
	c := load(t, "--auth-type=pam")
	tests := []struct {
		name    string
		p       PAM
		program func() (string, error)
		want    string
	}{
		{"confined", PAM{confined: true}, FindPAM, "pam needs a restart of the daemon"},
		{"not installed", PAM{}, func() (string, error) { return pam.Find("/nonexistent/bin/tpops") }, "this build is without PAM"},
		{"does not start", PAM{}, func() (string, error) { return "/nonexistent/tpops_pam", nil }, "no such file"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.p.start(c, test.program)
			var problem config.Problem
			if !errors.As(err, &problem) || problem.Option != "--auth-type" || !strings.Contains(err.Error(), test.want) {
				t.Errorf("%v, want %s", err, test.want)
			}
			test.p.Close()
		})
	}
}

func TestFindService(t *testing.T) {
	first, second := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(second, "tpops"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := findService([]string{first, second}, "tpops"); err != nil {
		t.Error(err)
	}
	if err := findService([]string{first, second}, "other"); err == nil || !strings.Contains(err.Error(), first+"/other") {
		t.Errorf("%v", err)
	}
}
