package identity

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
)

// load returns the configuration in a file with this content.
func load(t *testing.T, content string) *config.Config {
	t.Helper()
	name := filepath.Join(t.TempDir(), "tpops.toml")
	if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: "host"})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// TestOfReportsPlace checks that an error has the place of the parameter.
func TestOfReportsPlace(t *testing.T) {
	tests := []struct{ name, file, want string }{
		{"unknown user", "group = 1\nuser = \"nosuchuser\"\n", "tpops.toml:2:8: user: user \"nosuchuser\" does not exist"},
		{"unknown user and group", "user = \"nosuchuser\"\ngroup = \"nosuchgroup\"\n", "tpops.toml:2:9: group: group \"nosuchgroup\" does not exist"},
		{"unknown group", "user = 1\ngroup = \"nosuchgroup\"\n", "tpops.toml:2:9: group: "},
		{"group alone", "\ngroup = \"nosuchgroup\"\n", "tpops.toml:2:9: group: "},
		{"user without a group", "user = 2147480000\n", "tpops.toml:1:8: user: "},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			_, err := Of(load(t, test.file))
			var problem config.Problem
			if err == nil || !strings.Contains(err.Error(), test.want) || !errors.As(err, &problem) {
				t.Errorf("the error is %v, want %s", err, test.want)
			}
		})
	}
}

// TestOfOwnUser checks that a process may always have its own ids, by number, and
// has nothing to become without the parameters.
func TestOfOwnUser(t *testing.T) {
	own := fmt.Sprintf("user = %d\ngroup = %d\n", os.Geteuid(), os.Getegid())
	owner, err := Of(load(t, own))
	if err != nil || owner == nil || owner.UID != os.Geteuid() || owner.GID != os.Getegid() {
		t.Errorf("%+v, %v", owner, err)
	}
	if owner, err := Become(load(t, "")); owner != nil || err != nil {
		t.Errorf("without parameters: %+v, %v", owner, err)
	}
	if _, err := Become(load(t, "user = \"nosuchuser\"\n")); err == nil {
		t.Error("an unknown user is no error")
	}
}
