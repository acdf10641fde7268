//go:build integration

package control_test

import (
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/daemon"
	"tpops/test/fixture"
)

// probeFault is the fault of a daemon that tests itself for the watchdog of systemd, and
// cannot serve the mailbox of the test: its directory cur is removed.
func probeFault(t *testing.T, params []string) fault {
	t.Helper()
	directory := t.TempDir()
	socket := filepath.Join(directory, "notify")
	systemd, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	go func() { // It ends when the socket is closed.
		for buffer := make([]byte, 4096); ; {
			if _, err := systemd.Read(buffer); err != nil {
				return
			}
		}
	}()
	t.Cleanup(func() { systemd.Close() })
	script := fmt.Sprintf("#!/bin/sh\nexport NOTIFY_SOCKET=%s WATCHDOG_USEC=3000000 RUNTIME_DIRECTORY=%s\nexec %s \"$@\"\n", socket, directory, fixture.Program(t, "tpops"))
	program := filepath.Join(t.TempDir(), "watched")
	if err := os.WriteFile(program, []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	return fault{"TpopsProbeFails", "critical", params, program, func(t *testing.T, d *daemon.Daemon) {
		fixture.Eventually(t, "the self-test has failed", func() bool {
			found, err := filepath.Glob(filepath.Join(directory, "selftest-*", "cur"))
			if err != nil {
				t.Fatal(err)
			}
			for _, cur := range found {
				_ = os.RemoveAll(cur) // The next test makes another mailbox.
			}
			return strings.Contains(d.Log(), "self-test failed")
		})
	}}
}
