package handover

import (
	"os"
	"path/filepath"
	"testing"
)

func TestIsRestarting(t *testing.T) {
	tests := []struct {
		name string
		run  string // INVOCATION_ID
		mark string // "": there is none
		want bool
	}{
		{"restart", "1234", "1234", true},
		{"stop", "1234", "", false},
		{"mark of an earlier run", "1234", "1233", false},
		{"not started by systemd", "", "1234", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			dir := filepath.Join(t.TempDir(), "tpops")
			environment := map[string]string{"RUNTIME_DIRECTORY": dir + ":/elsewhere", "INVOCATION_ID": tt.run}
			s := NewService(nil, func(name string) string { return environment[name] }, nil)
			if tt.mark != "" {
				if err := os.Symlink(tt.mark, dir+".restart"); err != nil {
					t.Fatal(err)
				}
			}
			if got := s.IsRestarting(); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestRestartMarkWithoutDirectory(t *testing.T) {
	if got := (&Service{}).restartMark(); got != "/run/tpops.restart" {
		t.Error(got)
	}
}
