package main

import (
	"errors"
	"os"
	"strings"
	"testing"
)

// Arguments that are not one of the forms are an error of usage, and no file is
// touched.
func TestParseArguments(t *testing.T) {
	for _, test := range []struct{ args, want string }{
		{"", "0 arguments without options instead of 3"},
		{"pw", "1 arguments without options instead of 3"},
		{"pw a b c", "4 arguments without options instead of 3"},
		{"-l", "0 arguments without options instead of 1"},
		{"-d a", "0 arguments without options instead of 1"},
		{"-f list pw other", "2 arguments without options instead of 1"},
		{"-f", "flag needs an argument: -f"},
		{"-l -f list pw", "only one of"},
		{"-d a -f list pw", "only one of"},
		{"--hash SCRAM-SHA-1 -d a", "only one of"},
		{"--iterations 5000 -l pw", "--iterations only with --hash"},
		{"--iterations", "flag needs an argument: -iterations"},
		{"-l=x pw", "invalid boolean value"},
		{"--list pw", "flag provided but not defined: -list"},
	} {
		command, err := parseArguments(strings.Fields(test.args))
		var failure *failure
		if command != nil || !errors.As(err, &failure) || failure.code != exitUsage || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%q: %v, want %s", test.args, err, test.want)
		}
	}
	for _, args := range [][]string{{"", "a", "b"}, {"-l", ""}, {"-d", "a", ""}, {"-f", "list", ""}} {
		if _, err := parseArguments(args); err == nil || err.Error() != "the name of the password file is empty" {
			t.Errorf("%q: %v", args, err)
		}
	}
	for _, args := range []string{"pw a b", "-l pw", "-d a pw", "-f list pw", "--hash x", "--hash x --iterations 1", "-h", "--help", "--version", "-l -h", "-- -l a b"} {
		if command, err := parseArguments(strings.Fields(args)); command == nil || err != nil {
			t.Errorf("%q: %v", args, err)
		}
	}
}

// The usage fits on a terminal. The usage and the manual pages contain every option.
func TestUsage(t *testing.T) {
	for line := range strings.Lines(usage) {
		if len(line) > 81 || strings.HasSuffix(line, " \n") {
			t.Errorf("%q", line)
		}
	}
	texts := map[string]string{"usage": usage}
	for _, name := range []string{"../../man/tpops_passwd.8", "../../man/ja/tpops_passwd.8"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		texts[name] = strings.ReplaceAll(strings.ReplaceAll(string(text), `\-`, "-"), "Fl ", "-")
	}
	for name, text := range texts {
		for _, option := range []string{"-f", "-d", "-l", "--hash", "--iterations", "--help", "--version"} {
			if !strings.Contains(text, option) {
				t.Errorf("%s does not contain %s", name, option)
			}
		}
	}
}
