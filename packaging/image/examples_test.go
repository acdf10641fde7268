package main

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

func example(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join("examples", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestExampleUnits holds that the quadlet and the unit for podman 4.3 start the container
// with the same options.
func TestExampleUnits(t *testing.T) {
	quadlet, unit := example(t, "tpops.container"), example(t, "tpops-podman-4.3.service")
	want := map[string]string{
		"Network=none": "--network=none", "ReadOnly=true": "--read-only", "DropCapability=all": "--cap-drop=all",
		"NoNewPrivileges=true": "--security-opt=no-new-privileges", "ContainerName=tpops": "--name=tpops",
		"Image=localhost/tpops:VERSION": "localhost/tpops:VERSION", "Sockets=tpops.socket": "Sockets=tpops.socket",
	}
	for _, found := range regexp.MustCompile(`(?m)^(Volume|PodmanArgs)=(.*)$`).FindAllStringSubmatch(quadlet, -1) {
		want[found[0]] = found[2]
	}
	if len(want) != 11 {
		t.Errorf("the quadlet has other lines: %v", want)
	}
	for line, option := range want {
		if !slices.Contains(strings.Split(quadlet, "\n"), line) || !strings.Contains(unit, option) {
			t.Errorf("the quadlet has no %q, or the unit no %q", line, option)
		}
	}
}

// TestExampleDemo holds that the demo's configuration is valid, and that its user logs in
// with the password that the health check has.
func TestExampleDemo(t *testing.T) {
	dir, err := filepath.Abs("examples")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--config=" + dir + "/tpops.toml", "--mysql-passwd-file=" + dir + "/mysql-passwd"}
	if _, err := config.Load(config.Source{Args: args, Hostname: "mail"}); err != nil {
		t.Error(err)
	}
	login, secret, _ := strings.Cut(strings.TrimSpace(example(t, "health")), "\t")
	row := regexp.MustCompile(`\('` + login + `', '([^']*)'`).FindStringSubmatch(example(t, "demo.sql"))
	if row == nil {
		t.Fatalf("demo.sql has no user %s", login)
	}
	stored, err := password.Parse(row[1], "")
	if err != nil {
		t.Fatal(err)
	}
	ok, err := password.NewVerifier().Matches(t.Context(), stored, pop3.Attempt{Login: login, Password: secret})
	if !ok || err != nil {
		t.Errorf("%s does not log in with %q (%v)", login, secret, err)
	}
}
