package main

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// expectedFile is where a daemon leaves, for the next one, how many sessions it
// has handed over. That systemd was given them says nothing of whether it kept
// them: it does not answer, and without FileDescriptorStoreMax= drops them.
func expectedFile() string {
	dir, _, _ := strings.Cut(os.Getenv("RUNTIME_DIRECTORY"), ":")
	if dir == "" {
		return "" // Nobody would find it.
	}
	return filepath.Join(dir, "sessions-handed-over")
}

// leaveExpected tells the next process how many sessions come.
func leaveExpected(sessions int) {
	if name := expectedFile(); name != "" {
		// Without it the sessions go on as well.
		_ = os.WriteFile(name, []byte(strconv.Itoa(sessions)), 0o600)
	}
}

// missed returns an error if the process before has handed over sessions and
// none of them came. It forgets them.
func missed(parcels int) error {
	name := expectedFile()
	if name == "" {
		return nil
	}
	text, err := os.ReadFile(name)
	if err != nil {
		return nil // Mostly there is none.
	}
	_ = os.Remove(name) // The next process overwrites what stays.
	expected, err := strconv.Atoi(string(text))
	if err != nil || expected == 0 || parcels > 0 {
		return nil
	}
	return fmt.Errorf("%d sessions were handed over and systemd has not kept them; see FileDescriptorStoreMax", expected)
}
