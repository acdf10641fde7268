package unit

import (
	"strings"
	"testing"
)

// TestExplain checks that a status of systemd gets its meaning.
func TestExplain(t *testing.T) {
	const line = "tpops.service: Main process exited, code=exited, status=217/USER"
	if got := explain(line); !strings.HasPrefix(got, line+"\n") || !strings.Contains(got, "it does not exist") || strings.Contains(got, "group") {
		t.Errorf("%q", got)
	}
	if got := explain("nothing"); got != "nothing" {
		t.Errorf("%q", got)
	}
}

// TestSystemctlError checks that an error has the subcommand.
func TestSystemctlError(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if _, err := Systemctl(t.Context(), "cat", daemon); err == nil || !strings.HasPrefix(err.Error(), "systemctl cat: ") {
		t.Errorf("%v", err)
	}
	if err := startProblem(t.Context(), daemon); err == nil || !strings.HasPrefix(err.Error(), "journalctl: ") {
		t.Errorf("%v", err)
	}
	if IsInstalled(t.Context()) {
		t.Error("there is no systemctl, but the service is installed")
	}
}
