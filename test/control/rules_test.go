//go:build integration

package control_test

import (
	"cmp"
	"fmt"
	"maps"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// rules are the alert rules that the packages install.
const rules = "../../packaging/examples/tpops.rules.yml"

// fault is a fault of which the operator has to get an alert.
type fault struct {
	alert, severity string
	params          []string
	program         string // that starts the daemon, "" for the daemon itself
	// inject does once what happens each minute while there is the fault.
	inject func(t *testing.T, d *daemon.Daemon)
}

// TestAlerts injects faults into real daemons, and has promtool check that their metrics
// raise the one alert, and that those of an ordinary day raise none.
func TestAlerts(t *testing.T) {
	box := fixture.Small(t)
	other := fixture.NewMailbox(t, corpus.Messages(2, 5))
	users := []daemon.User{{Login: "a", Password: "{PLAIN}x", Maildir: box.Dir}, {Login: "b", Password: "{PLAIN}x", Maildir: other.Dir},
		{Login: "gone", Password: "{PLAIN}x", Maildir: box.Dir + ".gone"}}
	costly := daemon.User{Login: "c", Password: costlyHash(t), Maildir: box.Dir}
	if err := daemon.WriteUsers(box.Users, append(users, costly)...); err != nil {
		t.Fatal(err)
	}
	file := []string{"--auth-type=passwd-file", "--passwd-file=" + box.Users}
	cert, key := filepath.Join(t.TempDir(), "cert"), filepath.Join(t.TempDir(), "key")
	certstest.NewAuthority(t).Issue(t, certstest.Leaf{
		CommonName: "localhost", Names: []string{"localhost"}, NotAfter: time.Now().Add(5 * 24 * time.Hour),
	}).Write(t, cert, key)
	for _, f := range []fault{
		{"", "", file, "", poll("a", "b")},
		{"TpopsDatabaseDown", "critical", []string{"--auth-type=mysql", "--mysql-server=127.0.0.1:1", "--mysql-db=mail"}, "", attempts(2, "a", "x")},
		probeFault(t, file),
		{"TpopsHashQueueFull", "warning", file, "", func(t *testing.T, d *daemon.Daemon) {
			var logins sync.WaitGroup
			for range 10 {
				logins.Go(func() { attempt(t, d, "c", "secret") })
			}
			logins.Wait()
		}},
		{"TpopsLoginsFailing", "warning", file, "", attempts(30, "a", "wrong")},
		{"TpopsCertificateExpires", "warning", append(file, "--tls-cert="+cert, "--tls-key="+key), "", poll("a")},
		{"TpopsLogRecordsLost", "warning", append(file, "--error-log=/dev/full"), "", poll("gone")}, // whose login is a warning
		{"TpopsCacheTooSmall", "warning", append(file, "--mailbox-cache=1500"), "", poll("a", "b", "a", "b")},
	} {
		t.Run(f.alert, func(t *testing.T) { t.Parallel(); f.test(t) })
	}
}

// costlyHash returns a stored form of the password secret that takes a good part of a
// second to compare.
func costlyHash(t *testing.T) string {
	t.Helper()
	out, err := exec.Command("mkpasswd", "-m", "bcrypt", "-R", "10", "secret").Output()
	if err != nil {
		t.Fatal(err)
	}
	return "{BLF-CRYPT}" + strings.TrimSpace(string(out))
}

// attempt tries to log in.
func attempt(t *testing.T, d *daemon.Daemon, user, password string) {
	c, _, err := daemon.Dial(d.Addr)
	if err != nil {
		t.Error(err)
		return
	}
	defer c.Close()
	for _, command := range []string{"USER " + user, "PASS " + password, "QUIT"} {
		answer, err := c.Command(command)
		if err != nil {
			t.Errorf("%s: %v", command, err)
		}
		if err != nil || !strings.HasPrefix(answer, "+OK") {
			return
		}
	}
}

// attempts returns a function that tries to log in n times.
func attempts(n int, user, password string) func(*testing.T, *daemon.Daemon) {
	return func(t *testing.T, d *daemon.Daemon) {
		for range n {
			attempt(t, d, user, password)
		}
	}
}

// poll returns a function that opens mailboxes.
func poll(users ...string) func(*testing.T, *daemon.Daemon) {
	return func(t *testing.T, d *daemon.Daemon) {
		for _, user := range users {
			attempt(t, d, user, "x")
		}
	}
}

// test scrapes a daemon before and after the fault, and checks the alerts.
func (f *fault) test(t *testing.T) {
	at := filepath.Join(t.TempDir(), "metrics")
	d := fixture.StartProgram(t, cmp.Or(f.program, fixture.Program(t, "tpops")), append(f.params, "--syslog=none", "--error-interval=0", "--guess-delay-max=0", "--metrics-listen="+at)...)
	before := samples(t, scrape(t, at))
	f.inject(t, d)
	time.Sleep(200 * time.Millisecond) // The log is written in the background: this may raise a wrong alert.
	var out []byte
	defer func() {
		if t.Failed() {
			t.Logf("%s\n%s", out, d.Log())
		}
	}()
	fixture.Eventually(t, "promtool finds the alert, and no other", func() (found bool) {
		file := f.rulesTest(t, before, samples(t, scrape(t, at)))
		var err error
		out, err = exec.Command("promtool", "test", "rules", file).CombinedOutput()
		return err == nil
	})
}

// rulesTest writes a file for promtool test rules: after the fault there is its alert, and
// no other.
func (f *fault) rulesTest(t *testing.T, before, after map[string]float64) (file string) {
	t.Helper()
	expected := "[]"
	if f.alert != "" {
		expected = fmt.Sprintf(`[{labels: 'ALERTS{alertname="%s", alertstate="firing", severity="%s"}', value: 1}]`, f.alert, f.severity)
	}
	abs, err := filepath.Abs(rules)
	if err != nil {
		t.Fatal(err)
	}
	var text strings.Builder
	fmt.Fprintf(&text, "rule_files: [%s]\nevaluation_interval: 1m\ntests:\n  - interval: 1m\n    input_series:\n", abs)
	for _, name := range slices.Sorted(maps.Keys(after)) {
		fmt.Fprintf(&text, "      - {series: '%s', values: '%s'}\n", name, course(name, before[name], after[name]))
	}
	fmt.Fprintf(&text, "    promql_expr_test:\n      - {expr: 'ALERTS{alertstate=\"firing\"}', eval_time: 15m, exp_samples: %s}\n", expected)
	return fixture.Write(t, "test.yml", text.String())
}

// course returns the values of a series: for five minutes as before the fault, and then
// for fifteen as if the fault lasted. Time begins at 0 there.
func course(name string, before, after float64) string {
	var values []string
	for minute := range 20 {
		value := before
		switch {
		case strings.HasSuffix(name, "_timestamp_seconds"):
			value = after - float64(time.Now().Unix())
		case minute >= 5 && isGauge(name):
			value = after
		case minute >= 5:
			value += float64(minute-4) * (after - before)
		}
		values = append(values, strconv.FormatFloat(value, 'f', -1, 64))
	}
	return strings.Join(values, " ")
}

func isGauge(name string) bool {
	return !strings.Contains(name, "_total") && !strings.Contains(name, "_bucket") && !strings.Contains(name, "_sum") && !strings.Contains(name, "_count")
}

// samples returns the samples of a text by series.
func samples(t *testing.T, text string) map[string]float64 {
	t.Helper()
	all := map[string]float64{}
	for line := range strings.Lines(text) {
		if strings.HasPrefix(line, "#") {
			continue
		}
		at := strings.LastIndexByte(line, ' ')
		value, err := strconv.ParseFloat(strings.TrimSpace(line[at:]), 64)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		all[line[:at]] = value
	}
	return all
}
