package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
)

// TestIDsOf looks whether an unknown name is told with its place.
func TestIDsOf(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"an unknown user", "group = 1\nuser = \"nosuchuser\"\n", "tpops.toml:2:8: user: user \"nosuchuser\" does not exist"},
		{"an unknown user and group", "user = \"nosuchuser\"\ngroup = \"nosuchgroup\"\n", "tpops.toml:2:9: group: group \"nosuchgroup\" does not exist"},
		{"an unknown group", "user = 1\ngroup = \"nosuchgroup\"\n", "tpops.toml:2:9: group: "},
		{"a group alone", "\ngroup = \"nosuchgroup\"\n", "tpops.toml:2:9: group: "},
		{"a user without a group", "user = 2147480000\n", "tpops.toml:1:8: user: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			name := filepath.Join(t.TempDir(), "tpops.toml")
			if err := os.WriteFile(name, []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "host"})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := idsOf(c); err == nil || !strings.Contains(err.Error(), test.want) {
				t.Errorf("the error is %v, want %s", err, test.want)
			}
		})
	}
}
