package bed

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"strings"
)

// mirror returns the address of the Debian mirror that this machine's apt is
// set up to use. It is taken for every Suite.
func mirror() (string, error) {
	release, err := codename()
	if err != nil {
		return "", err
	}
	// Before the first apt-get update no origin is known.
	out, err := exec.Command("apt-get", "indextargets",
		"--format", "$(RELEASE) $(COMPONENT) $(REPO_URI) $(ORIGIN)", "Created-By: Packages").Output()
	if err != nil {
		return "", fmt.Errorf("apt-get indextargets: %w", err)
	}
	for line := range strings.Lines(string(out)) {
		fields := strings.Fields(line)
		if len(fields) < 3 || fields[0] != release || fields[1] != "main" {
			continue
		}
		if len(fields) == 3 || fields[3] == "Debian" {
			return fields[2], nil
		}
	}
	return "", errors.New("apt is not set up for a mirror of Debian " + release)
}

// codename returns the code name of the Debian on this machine.
func codename() (string, error) {
	text, err := os.ReadFile("/etc/os-release")
	if err != nil {
		return "", err
	}
	for line := range strings.Lines(string(text)) {
		if value, found := strings.CutPrefix(line, "VERSION_CODENAME="); found {
			return strings.Trim(value, "\"'\n"), nil
		}
	}
	return "", errors.New("/etc/os-release has no VERSION_CODENAME")
}

// aptProxy returns environment variables for the proxy that apt is set up to
// use, if it is.
func aptProxy() ([]string, error) {
	var env []string
	for _, scheme := range []string{"http", "https"} {
		out, err := exec.Command("apt-config", "shell", "proxy", "Acquire::"+scheme+"::Proxy").Output()
		if err != nil {
			return nil, fmt.Errorf("apt-config: %w", err)
		}
		// proxy='http://…' or nothing
		value := strings.Trim(strings.TrimPrefix(strings.TrimSpace(string(out)), "proxy="), "'")
		if value != "" && value != "DIRECT" {
			env = append(env, scheme+"_proxy="+value)
		}
	}
	return env, nil
}
