//go:build integration

package control_test

import (
	"encoding/json"
	"strings"
	"testing"
	"unicode/utf8"

	"tpops/pkg/operator"
	"tpops/test/fixture"
)

// stats returns the figures that tpopsctl shows, by name and word of the label.
func stats(t *testing.T, socket string) map[string]operator.Stat {
	t.Helper()
	code, out, errs := fixture.RunTpopsctl(t, "stats", "--json", socket)
	if code != 0 {
		t.Fatalf("exit %d, %s", code, errs)
	}
	all := map[string]operator.Stat{}
	for line := range strings.Lines(out) {
		var one operator.Stat
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		name := one.Name
		for _, word := range one.Labels {
			name += " " + word
		}
		all[name] = one
	}
	return all
}

// TestStats checks what is counted and measured of sessions, in each process model.
func TestStats(t *testing.T) { fixture.EachType(t, testStats) }

func testStats(t *testing.T, parallelType string) {
	box := fixture.Small(t)
	d, socket := start(t, box, parallelType, "--error-interval=0")
	s := fixture.LogIn(t, d)
	s.OK("DELE 2")
	if status, _, err := s.Multi("RETR 1"); err != nil || !strings.HasPrefix(status, "+OK") {
		t.Fatalf("%q, %v", status, err)
	}
	failed := fixture.Dial(t, d)
	failed.OK("USER " + fixture.User)
	failed.Want("PASS wrong", `^-ERR \[AUTH\]`)
	failed.Close() // With prefork and fork the server ends it, too, a second later.
	s.OK("QUIT")
	fixture.Dial(t, d)
	want := map[string]float64{
		"tpops_connections_total": 3, "tpops_logins_total USER": 1, "tpops_logins_failed_total USER": 1, "tpops_messages_retrieved_total": 1,
		"tpops_messages_deleted_total": 1, "tpops_sessions_ended_total quit": 1, "tpops_accept_seconds": 3, "tpops_lookup_seconds": 2,
		"tpops_open_seconds": 1, "tpops_first_byte_seconds": 1, "tpops_session_seconds": 2, "tpops_sessions authorization": 1,
	}
	got := stats(t, socket)
	fixture.Eventually(t, "both sessions end, after their last replies", func() bool {
		got = stats(t, socket)
		return got["tpops_session_seconds"].Value >= 2 && got["tpops_sessions authorization"].Value <= 1
	})
	for name, n := range want {
		if got[name].Value != n || got[name].Type == "counter" && got[name].Minute != n {
			t.Errorf("%s: %+v, want %v", name, got[name], n)
		}
	}
	if one := got["tpops_lookup_seconds"]; one.Took == nil || one.Took.Sum <= 0 || one.Took.P50 > one.Took.P99 || one.Recent == nil {
		t.Errorf("%+v", one)
	}
	if got["tpops_sent_bytes_total"].Value <= got["tpops_message_bytes_total"].Value || got["tpops_received_bytes_total"].Value < 30 {
		t.Errorf("%+v", got)
	}
	code, out, errs := fixture.RunTpopsctl(t, socket, "stats")
	if code != 0 || !strings.HasPrefix(out, "since ") || !strings.Contains(out, "\nlogins USER ") || strings.Contains(out, "APOP") {
		t.Errorf("exit %d, %s%s", code, out, errs)
	}
	for line := range strings.Lines(out) {
		if utf8.RuneCountInString(line) > 101 {
			t.Errorf("does not fit in 100 columns: %s", line)
		}
	}
}
