package main

import (
	"bytes"
	"encoding/json"
	"strings"
	"testing"
	"time"

	"tpops/pkg/operator"
)

// A session whose mailbox another server has gets a second line, in which nothing is
// obeyed by a terminal and which fits.
func TestSessionServer(t *testing.T) {
	for server, want := range map[string]string{
		"":                       "",
		"mail1.example.org:110":  "server mail1.example.org:110",
		"\x1b[2J":                `server \x1b[2J`,
		strings.Repeat("x", 300): "server " + strings.Repeat("x", 75) + "…",
	} {
		row, err := json.Marshal(operator.Session{ID: "kfrobtb7me6aw5u6", User: "ann", Server: server})
		if err != nil {
			t.Fatal(err)
		}
		var b bytes.Buffer
		if err := writeSession(&b, row, time.Now()); err != nil {
			t.Fatal(err)
		}
		lines := strings.Split(strings.TrimSuffix(b.String(), "\n"), "\n")
		if got := strings.Join(lines[1:], "|"); strings.TrimLeft(got, " ") != want {
			t.Errorf("%q: %q, want %q", server, got, want)
		}
	}
}
