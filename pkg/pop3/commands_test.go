package pop3

import (
	"bufio"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestEachCommandHasATranscript looks in the transcripts for a line that sends
// each command of the tables.
func TestEachCommandHasATranscript(t *testing.T) {
	sent := sentCommands(t)
	for _, commands := range [][]command{authorizationCommands, transactionCommands, commonCommands} {
		for _, c := range commands {
			if !sent[c.name] {
				t.Errorf("no transcript in testdata/transcripts sends %s", c.name)
			}
		}
	}
}

// sentCommands returns the first words of all lines that clients send in
// transcripts, in upper case.
func sentCommands(t *testing.T) map[string]bool {
	t.Helper()
	files, err := filepath.Glob("testdata/transcripts/*.txt")
	if err != nil {
		t.Fatal(err)
	}
	sent := make(map[string]bool)
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for lines := bufio.NewScanner(bytes.NewReader(text)); lines.Scan(); {
			line, found := strings.CutPrefix(lines.Text(), "C: ")
			word, _, _ := strings.Cut(line, " ")
			if found {
				sent[strings.ToUpper(word)] = true
			}
		}
	}
	return sent
}
