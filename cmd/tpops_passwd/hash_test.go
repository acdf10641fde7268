package main

import (
	"strings"
	"testing"

	"tpops/pkg/scram"
)

func TestHash(t *testing.T) {
	tests := []struct {
		name, stdin, args string
		code              int
		prefix, stderr    string
	}{
		{"SHA-256", "pencil\n", "--hash SCRAM-SHA-256", 0, "{SCRAM-SHA-256}4096,", ""},
		{"SHA-1 in small letters", "pencil\nmore\n", "--hash=scram-sha-1", 0, "{SCRAM-SHA-1}4096,", ""},
		{"iterations", "pencil", "--hash SCRAM-SHA-256 --iterations 5000", 0, "{SCRAM-SHA-256}5000,", ""},
		{"another scheme", "pencil\n", "--hash CRYPT", exitUsage, "", `--hash "CRYPT"`},
		{"no scheme", "pencil\n", "--hash", exitUsage, "", "flag needs an argument"},
		{"few iterations", "pencil\n", "--hash SCRAM-SHA-1 --iterations 1", exitData, "", "from 4096 to 1000000"},
		{"no number", "pencil\n", "--hash SCRAM-SHA-1 --iterations x", exitUsage, "", "iterations"},
		{"iterations alone", "", "--iterations 5000", exitUsage, "", "--iterations only with --hash"},
		{"a password on the command line", "", "--hash SCRAM-SHA-1 pencil", exitUsage, "", "1 arguments without options instead of 0"},
		{"with another form", "", "--hash SCRAM-SHA-1 -l pw", exitUsage, "", "only one of"},
		{"no password", "", "--hash SCRAM-SHA-1", exitNoInput, "", "EOF"},
		{"an empty password", "\n", "--hash SCRAM-SHA-1", exitData, "", "it is empty"},
		{"a control character", "a\x01\n", "--hash SCRAM-SHA-1", exitData, "", "forbids"},
		{"a long password", strings.Repeat("x", maxPassword+1), "--hash SCRAM-SHA-1", exitData, "", "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, stdout, stderr := call(t, tt.stdin, strings.Fields(tt.args)...)
			if code != tt.code || !strings.HasPrefix(stdout, tt.prefix) || !strings.Contains(stderr, tt.stderr) {
				t.Fatalf("%d, %q, %q", code, stdout, stderr)
			}
			if code != 0 {
				return
			}
			name, text, _ := strings.Cut(strings.TrimSpace(stdout), "}")
			keys, err := scram.Parse(schemes[name[1:]], text)
			if err != nil || !keys.Fits("pencil") || keys.Fits("pencil\n") {
				t.Errorf("%s: %v", stdout, err)
			}
		})
	}
}
