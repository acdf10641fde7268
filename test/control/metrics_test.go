//go:build integration

package control_test

import (
	"bytes"
	"context"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// scrape returns the metrics at the path of a Unix socket, or at an address.
func scrape(t *testing.T, at string) string {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(at, "/") {
		network = "unix"
	}
	client := &http.Client{Transport: &http.Transport{
		DisableKeepAlives: true,
		DialContext: func(ctx context.Context, _, _ string) (net.Conn, error) {
			return (&net.Dialer{}).DialContext(ctx, network, at)
		},
	}}
	response, err := client.Get("http://tpops/metrics")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil || response.StatusCode != http.StatusOK {
		t.Fatalf("%s, %v", response.Status, err)
	}
	return string(text)
}

// TestMetrics checks that Prometheus accepts the metrics, which are those of stats, while
// silent clients take all places.
func TestMetrics(t *testing.T) { fixture.EachType(t, testMetrics) }

func testMetrics(t *testing.T, parallelType string) {
	at := filepath.Join(t.TempDir(), "metrics")
	if parallelType == "--parallel-type=fork" {
		at = freeAddress(t)
	}
	box := fixture.Small(t)
	d, socket := start(t, box, parallelType, "--metrics-listen="+at)
	holdIdle(t, at)
	s := fixture.LogIn(t, d)
	text := scrape(t, at)
	fixture.Eventually(t, "the session is counted, which a child reports after its reply", func() bool {
		text = scrape(t, at)
		return strings.Contains(text, `state="transaction"} 1`)
	})
	check := exec.Command("promtool", "check", "metrics")
	check.Stdin = strings.NewReader(text)
	if out, err := check.CombinedOutput(); err != nil || len(bytes.TrimSpace(out)) > 0 {
		t.Errorf("promtool: %v\n%s", err, out)
	}
	for _, want := range []string{
		"\ntpops_logins_total{mechanism=\"USER\"} 1\n", "\ntpops_sessions{state=\"transaction\"} 1\n", "\ntpops_open_seconds_count 1\n",
		"\nprocess_open_fds ", "\nprocess_resident_memory_bytes ",
	} {
		if !strings.Contains("\n"+text, want) {
			t.Errorf("no %q", want)
		}
	}
	for name, one := range stats(t, socket) {
		if !strings.Contains(text, "\n# TYPE "+one.Name+" "+one.Type+"\n") && !strings.HasPrefix(text, "# HELP "+one.Name) {
			t.Errorf("%s is not in the metrics", name)
		}
	}
	if strings.Contains(text, `"`+fixture.User+`"`) || strings.Contains(text, "127.0.0.1") {
		t.Error("a user or an address is in the metrics")
	}
	s.OK("QUIT")
}

// holdIdle connects clients that say nothing, more than the daemon has places for.
func holdIdle(t *testing.T, at string) {
	t.Helper()
	network := "tcp"
	if strings.HasPrefix(at, "/") {
		network = "unix"
	}
	for range 100 {
		conn, err := net.Dial(network, at)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { conn.Close() })
	}
}

// freeAddress returns a loopback address with a port that no process uses.
func freeAddress(t *testing.T) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	return l.Addr().String()
}
