//go:build !pam || !cgo

package main

import (
	"strings"
	"testing"

	"tpops/pkg/pam"
)

// A build without PAM reports this to the daemon, whatever its argument is.
func TestWithoutPAM(t *testing.T) {
	for _, args := range [][]string{nil, {serveMode}, {askMode}} {
		status, output, errorOutput := runProgram(t, "", args...)
		if status != 0 || errorOutput != "" || !strings.Contains(output, unavailable) || strings.Count(output, "\n") != 1 {
			t.Errorf("%v: exit status %d, output %q, %q", args, status, output, errorOutput)
		}
	}
	if h, err := pam.Start(script(t, "", ""), 1); err == nil || !strings.Contains(err.Error(), unavailable) {
		t.Errorf("the daemon gets %v, %v", h, err)
	}
	if a := ask(&pam.Request{Login: []byte("ann")}); a.Outcome != pam.Failed {
		t.Errorf("%+v", a)
	}
}
