package main

import (
	"context"
	"log/slog"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/sd"
)

// A canary mailbox that cannot be made is logged once, and systemd still gets
// its sign of life.
func TestWatchWithoutCanary(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"RUNTIME_DIRECTORY", "STATE_DIRECTORY"} {
		t.Setenv(name, "")
	}
	t.Setenv("TMPDIR", filepath.Join(dir, "missing"))
	socket := filepath.Join(dir, "notify")
	heard, err := net.ListenUnixgram("unixgram", &net.UnixAddr{Name: socket, Net: "unixgram"})
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	t.Setenv("NOTIFY_SOCKET", socket)
	notifier, err := sd.NewNotifier()
	if err != nil {
		t.Fatal(err)
	}
	var log strings.Builder
	p := &program{notifier: notifier, logger: slog.New(slog.NewTextHandler(&log, nil))}
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan struct{})
	go func() { defer close(done); p.watch(ctx, nil, 3*time.Millisecond) }()
	for range 3 {
		buffer := make([]byte, 100)
		n, err := heard.Read(buffer)
		if err != nil || !strings.Contains(string(buffer[:n]), "WATCHDOG=1") {
			t.Errorf("systemd was sent %q, %v", buffer[:n], err)
		}
	}
	cancel()
	<-done
	if got := strings.Count(log.String(), "make the canary mailbox"); got != 1 {
		t.Errorf("logged %d times:\n%s", got, log.String())
	}
}
