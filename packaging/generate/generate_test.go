package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/config"
)

func load(t *testing.T, args ...string) *config.Config {
	t.Helper()
	c, err := config.Load(config.Source{
		Args:     args,
		Getenv:   func(string) string { return "" },
		Hostname: "pop.example.org",
	})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// The packaged configuration sets exactly the parameters in packaged.
func TestConfiguration(t *testing.T) {
	dir := t.TempDir()
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	got := load(t, "--config="+filepath.Join(dir, "tpops.toml"))
	empty := filepath.Join(dir, "empty.toml")
	if err := os.WriteFile(empty, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	want := load(t, "--config="+empty, "--parallel-type=thread", "--max-servers=1000",
		"--mail-roots=/home,/var/mail,/var/vmail", "--usage-file=/var/lib/tpops/usage")
	for _, p := range config.Changed(got, want) {
		if p.Name != "config" {
			t.Errorf("%s has an unexpected value", p.Name)
		}
	}
	if got.Processes.MaxServers != 1000 || got.Processes.ParallelType != "thread" {
		t.Errorf("max-servers %d, parallel-type %q", got.Processes.MaxServers, got.Processes.ParallelType)
	}
}

// Every parameter is completed in every shell, with its possible values.
func TestCompletion(t *testing.T) {
	dir := t.TempDir()
	if err := generate(dir); err != nil {
		t.Fatal(err)
	}
	tests := []struct{ name, option, choice string }{
		{"tpops.bash", "--NAME", "-W 'VALUES'"},
		{"_tpops", "'--NAME", ":(VALUES)"},
		{"tpops.fish", " -l NAME ", "-a 'VALUES'"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			text := read(t, filepath.Join(dir, test.name))
			for _, p := range config.Params() {
				if !strings.Contains(text, strings.Replace(test.option, "NAME", p.Name, 1)) {
					t.Errorf("no completion for %s", p.Name)
				}
				words := values(&p)
				if p.Name == "help" && !strings.Contains(text, "help=all") {
					t.Error("no help=all")
				}
				if words != nil && !strings.Contains(text, strings.Replace(test.choice, "VALUES", strings.Join(words, " "), 1)) {
					t.Errorf("%s: no values %v", p.Name, words)
				}
			}
		})
	}
}

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// Special characters of the shells are quoted in texts.
func TestQuotes(t *testing.T) {
	params := []config.Param{{Name: "x", Kind: config.KindSwitch, Help: `It's [a:b] c\d. More.`}}
	tests := []struct {
		name  string
		write func(*bytes.Buffer) error
		want  string
	}{
		{"zsh", func(b *bytes.Buffer) error { return writeZsh(b, params) }, `'--x[It'\''s \[a\:b\] c\d]'`},
		{"fish", func(b *bytes.Buffer) error { return writeFish(b, params) }, `-d 'It\'s [a:b] c\\d'`},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			var b bytes.Buffer
			if err := test.write(&b); err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(b.String(), test.want) {
				t.Errorf("%s\nhas no %s", b.String(), test.want)
			}
		})
	}
}
