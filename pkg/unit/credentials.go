package unit

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// credentialsRoot has a folder of credentials for each unit that runs.
const credentialsRoot = "/run/credentials"

// Credentials are those that systemd passes to the service. Goroutines must not share
// them.
type Credentials struct {
	Directory string // has a file for each; empty if there are none, or if Missing is set
	Missing   string // why they could not be read, and what to do; or empty
	unit      *Temporary
}

// Open returns the credentials of the service that has the configuration file. systemd
// reads and decrypts them for a temporary unit, whose folder only root can read, so the
// service need not run. The caller calls Close. An error means that systemd cannot pass
// them to the service either.
func Open(ctx context.Context, configFile string) (*Credentials, error) {
	if !IsInstalled(ctx) {
		return &Credentials{Missing: "systemd has no " + daemon + ": set CREDENTIALS_DIRECTORY to the directory that has them"}, nil
	}
	name := Serving(ctx)
	files, err := Systemctl(ctx, "cat", name)
	if err != nil {
		return nil, err
	}
	settings := Settings(files, name)
	lines := credentialSettings(settings)
	switch {
	case filepath.Clean(configFile) != commandConfig(settings):
		return &Credentials{Missing: fmt.Sprintf("%s has another configuration file than %s: set CREDENTIALS_DIRECTORY to the directory that has them", name, configFile)}, nil
	case len(lines) == 0:
		return &Credentials{Missing: fmt.Sprintf("%s has no credentials", name)}, nil
	case os.Geteuid() != 0:
		return &Credentials{Missing: fmt.Sprintf("only root can read those of %s: run this command as root", name)}, nil
	}
	c, err := open(ctx, name, lines)
	if err != nil {
		return nil, fmt.Errorf("credentials of %s: %w\ncorrect the unit, or set CREDENTIALS_DIRECTORY to a directory that has them", name, err)
	}
	return c, nil
}

// open starts a unit that has the credentials until Close, or until this process ends.
func open(ctx context.Context, name string, lines []Setting) (*Credentials, error) {
	text, mode := credentialUnit(name, os.Getpid(), lines)
	unit, err := NewTemporary("tpops-credentials-*", text, mode)
	if err != nil {
		return nil, err
	}
	c := &Credentials{Directory: filepath.Join(credentialsRoot, unit.Name()), unit: unit}
	if err := unit.Start(ctx); err != nil {
		problem := unit.Problem(ctx)
		_ = c.Close()
		return nil, fmt.Errorf("%w\n%w", err, problem)
	}
	if _, err := os.Stat(c.Directory); err != nil {
		_ = c.Close()
		return nil, err
	}
	return c, nil
}

// Close removes the credentials. The error means that they remain until this process ends.
func (c *Credentials) Close() error {
	if c.unit == nil {
		return nil
	}
	return c.unit.Remove(context.Background())
}

// credentialUnit returns the unit that has the credentials of another one while a process
// exists. The value of a credential may be in the unit itself.
func credentialUnit(name string, pid int, lines []Setting) (text string, mode os.FileMode) {
	var b strings.Builder
	fmt.Fprintf(&b, "[Unit]\nDescription=Credentials of %s\n[Service]\nType=exec\nExecStart=/usr/bin/tail --pid=%d -f /dev/null\n", name, pid)
	mode = 0o644
	for _, s := range lines {
		b.WriteString(s.String() + "\n")
		if strings.HasPrefix(s.Name, "Set") {
			mode = 0o600
		}
	}
	return b.String(), mode
}

// credentialGroups are the settings of credentials. An empty value removes those that
// the settings of the same group have set before.
var credentialGroups = map[string]int{
	"LoadCredential": 1, "LoadCredentialEncrypted": 1, "SetCredential": 2, "SetCredentialEncrypted": 2, "ImportCredential": 3,
}

// credentialSettings returns the settings of credentials that are in effect.
func credentialSettings(settings []Setting) []Setting {
	var lines []Setting
	for _, s := range settings {
		group := credentialGroups[s.Name]
		switch {
		case group == 0:
		case s.Value == "":
			lines = slices.DeleteFunc(lines, func(l Setting) bool { return credentialGroups[l.Name] == group })
		default:
			lines = append(lines, s)
		}
	}
	return lines
}

// InstalledConfig is the configuration file unless an option names another one.
const InstalledConfig = "/etc/tpops/tpops.toml"

// commandConfig returns the configuration file of the last command in the settings of a
// service.
func commandConfig(settings []Setting) string {
	name := InstalledConfig
	for _, s := range settings {
		if s.Name != "ExecStart" || s.Value == "" {
			continue
		}
		name = InstalledConfig
		words := strings.Fields(s.Value)
		for i, word := range words {
			word = strings.Trim(word, `"'`)
			if file, found := strings.CutPrefix(word, "--config="); found {
				name = filepath.Clean(file)
			}
			if (word == "--config" || word == "-f") && i+1 < len(words) {
				name = filepath.Clean(strings.Trim(words[i+1], `"'`))
			}
		}
	}
	return name
}
