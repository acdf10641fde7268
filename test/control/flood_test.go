//go:build integration

package control_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"net"
	"os"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"
	"syscall"
	"testing"

	"tpops/pkg/control"
	"tpops/test/fixture"
)

// TestFlood checks that POP3 sessions and operators are served while the control socket
// has 2,000 requests, clients that never read, and garbage, and that nothing of this is
// left in the daemon.
func TestFlood(t *testing.T) {
	d, option := start(t, fixture.Small(t))
	path := strings.TrimPrefix(option, "--socket=")
	before := openFiles(t, d.PID())
	ctx, stop := context.WithCancel(t.Context())
	var hostile, asking sync.WaitGroup
	for range 8 {
		hostile.Go(func() { neverRead(ctx, t, path) })
		hostile.Go(func() { sendGarbage(ctx, t, path) })
	}
	var answered, served atomic.Int64
	done := make(chan struct{})
	for range 40 {
		asking.Go(func() {
			answered.Add(int64(askOften(t, path, func(n int) bool { return n < 50 || served.Load() < 10 })))
		})
	}
	go func() {
		asking.Wait()
		close(done)
	}()
	for flooded := true; flooded; served.Add(1) {
		s := fixture.LogIn(t, d)
		s.OK("STAT")
		if status, _, err := s.Multi("RETR 1"); err != nil || !strings.HasPrefix(status, "+OK") {
			t.Errorf("%s, %v", status, err)
		}
		s.OK("QUIT")
		select {
		case <-done:
			flooded = false
		default:
		}
	}
	stop()
	hostile.Wait()
	if answered.Load() < 2_000 {
		t.Errorf("%d requests answered", answered.Load())
	}
	fixture.Eventually(t, "the connections are closed", func() bool { return openFiles(t, d.PID()) <= before })
	if code, out, errs := fixture.RunTpopsctl(t, "sessions", option); code != 0 || out != "no sessions\n" {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
}

// openFiles returns how many files a process has open.
func openFiles(t *testing.T, pid int) int {
	t.Helper()
	files, err := os.ReadDir("/proc/" + strconv.Itoa(pid) + "/fd")
	if err != nil {
		t.Fatal(err)
	}
	return len(files)
}

// askOften sends requests one after the other, and returns how many were answered.
func askOften(t *testing.T, path string, more func(answered int) bool) (answered int) {
	client, err := control.Dial(t.Context(), path)
	if err != nil {
		t.Error(err)
		return 0
	}
	defer client.Close()
	for more(answered) {
		command := []string{"sessions", "top", "ban-list"}[answered%3]
		if _, err := client.Do(command, struct{}{}, func(json.RawMessage) error { return nil }); err != nil {
			t.Errorf("%s: %v", command, err)
			return answered
		}
		answered++
	}
	return answered
}

// neverRead sends requests and reads no answer.
func neverRead(ctx context.Context, t *testing.T, path string) {
	request := []byte(`{"version":1,"command":"sessions"}` + "\n")
	writeUntil(ctx, t, path, bytes.Repeat(request, 1000))
}

// sendGarbage sends what is no request, again and again on new connections.
func sendGarbage(ctx context.Context, t *testing.T, path string) {
	for ctx.Err() == nil {
		writeUntil(ctx, t, path, bytes.Repeat([]byte("\x00{[\xff\n"), 20_000))
	}
}

// writeUntil sends octets until the daemon closes the connection or ctx ends.
func writeUntil(ctx context.Context, t *testing.T, path string, octets []byte) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "unix", path)
	if err != nil {
		if ctx.Err() == nil && !errors.Is(err, syscall.EAGAIN) {
			t.Error(err)
		}
		return
	}
	defer conn.Close()
	defer context.AfterFunc(ctx, func() { conn.Close() })()
	for err == nil {
		_, err = conn.Write(octets)
	}
}
