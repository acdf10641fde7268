package main

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/pop3"
	"tpops/pkg/usage"
)

// newUsage writes a configuration with a file of usage, and logins of some users. It
// returns the option for the configuration, and the file.
func newUsage(t *testing.T, sessions ...*pop3.Summary) (option, file string) {
	t.Helper()
	t.Setenv(credentialsVariable, t.TempDir())
	dir := t.TempDir()
	file = filepath.Join(dir, "usage")
	config := filepath.Join(dir, "tpops.toml")
	writeTest(t, filepath.Join(dir, "cert.pem"), "")
	writeTest(t, config, fmt.Sprintf("usage-file = %q\ntls-cert = %q\n", file, filepath.Join(dir, "cert.pem")))
	r, err := usage.Open(file, slog.New(slog.DiscardHandler))
	if err != nil {
		t.Fatal(err)
	}
	for _, s := range sessions {
		r.Ended(s)
	}
	r.Close()
	return "--config=" + config, file
}

// used returns the end of a session some days ago.
func used(user, method, tls, client string, days int) *pop3.Summary {
	return &pop3.Summary{
		Name: user, LoggedIn: true, Login: time.Now().Add(-time.Duration(days) * 24 * time.Hour), Method: method, TLS: tls,
		Peer: netip.MustParseAddrPort(client), Local: netip.MustParseAddrPort("192.0.2.1:995"), Retrieved: 3,
	}
}

// usedByMany returns sessions of several users.
func usedByMany() []*pop3.Summary {
	deletes := used("bob", "USER", "", "198.51.100.9:1", 3)
	deletes.Deleted, deletes.Local = 3, netip.MustParseAddrPort("192.0.2.1:110")
	offloaded := used("carol", "PLAIN", "TLSv1.2", "192.0.2.9:1", 4)
	offloaded.Offloaded = true
	near := used("dave", "LOGIN", "", "127.0.0.1:1", 0)
	near.Near = true
	return []*pop3.Summary{
		used("ann", "SCRAM-SHA-256-PLUS", "TLSv1.3", "[2001:db8::7]:1", 0), used("ann", "PLAIN", "TLSv1.2", "192.0.2.7:1", 100),
		deletes, offloaded, near, used("erin", "APOP", "", "192.0.2.8:1", 5), used("\u202eeve", "PLAIN", "TLSv1.2", "192.0.2.7:1", 1),
	}
}

// TestUsageTable checks the table and its limits.
func TestUsageTable(t *testing.T) {
	option, _ := newUsage(t, usedByMany()...)
	code, out, errs := call("", "usage", option)
	if code != 0 || errs != "" || strings.Count(out, "\n") != 8 || strings.Contains(out, "\u202e") {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
	day := time.Now().Add(-3 * 24 * time.Hour).Format(time.DateOnly)
	for _, want := range []string{
		"USER              LAST LOGIN       CLIENT          TLS METHOD              PORT LOGINS   GOT MAIL\n",
		"bob               " + day, "198.51.100.9        USER                 110      1     3 deletes\n", "1.3 SCRAM-SHA-256-PLUS   995      1     3 leaves\n",
	} {
		if !strings.Contains(out, want) {
			t.Errorf("no %q in\n%s", want, out)
		}
	}
	if strings.Index(out, "2001:db8::7") > strings.Index(out, "192.0.2.7") {
		t.Errorf("the last login is not the first row of a user:\n%s", out)
	}
}

// TestUsageClockSetBack checks that a login in the future is shown as one.
func TestUsageClockSetBack(t *testing.T) {
	option, file := newUsage(t, used("ann", "PLAIN", "TLSv1.3", "192.0.2.7:1", 1))
	later := time.Now().Add(time.Hour)
	o := &usageOptions{}
	for now, want := range map[time.Time]bool{later: false, later.Add(-30 * 24 * time.Hour): true} {
		rows, _, err := o.read(file, time.Time{}, now, nil)
		if err != nil || len(rows) != 1 {
			t.Fatalf("%v, %v", rows, err)
		}
		if cell := usageCells(&rows[0])[1]; (cell == "clock was ahead") != want {
			t.Errorf("at %v: %q", now, cell)
		}
	}
	if code, out, _ := call("", "usage", option); code != 0 || strings.Contains(out, "ahead") {
		t.Errorf("exit %d: %s", code, out)
	}
}

// TestUsageSelection checks which rows the options select.
func TestUsageSelection(t *testing.T) {
	option, _ := newUsage(t, usedByMany()...)
	for args, want := range map[string]string{
		"--user=ann":                                        "ann/TLSv1.3 ann/TLSv1.2",
		"--user=ann --since=30d":                            "ann/TLSv1.3",
		"--since=12h":                                       "ann/TLSv1.3 dave/",
		"--if=tls-min-version=1.3":                          "ann/TLSv1.2 \u202eeve/TLSv1.2",
		"--if=tls-min-version=1.3 --since=30d":              "\u202eeve/TLSv1.2",
		"--if=tls-min-version=1.2":                          "",
		"--if=plaintext-login=no":                           "bob/",
		"--if=plaintext-login=auto":                         "bob/",
		"--if=plaintext-login=yes":                          "",
		"--if=plaintext-login=never":                        "bob/ dave/",
		"--if=plaintext-login=198.51.100.0/24":              "",
		"--if=plaintext-login=995=yes":                      "bob/",
		"--if=plaintext-login=110=yes":                      "",
		"--if=sasl-mechanisms=none":                         "ann/TLSv1.3 ann/TLSv1.2 carol/TLSv1.2 dave/ \u202eeve/TLSv1.2",
		"--if=sasl-mechanisms=plain,login,scram-sha-256":    "ann/TLSv1.3",
		"--if=sasl-mechanisms=scram-sha-256-plus":           "ann/TLSv1.2 carol/TLSv1.2 dave/ \u202eeve/TLSv1.2",
		"--if=apop=no":                                      "erin/",
		"--if=apop=no --user=ann":                           "",
		"--if=plaintext-login=192.0.2.0/28,198.51.100.8/32": "bob/",
	} {
		code, out, errs := call("", append([]string{"usage", "--json", option}, strings.Fields(args)...)...)
		if code != 0 || errs != "" {
			t.Errorf("%s: exit %d: %s", args, code, errs)
		}
		var got []string
		for line := range strings.Lines(out) {
			var row usageRow
			if err := json.Unmarshal([]byte(line), &row); err != nil {
				t.Fatal(err)
			}
			got = append(got, row.User+"/"+row.TLS)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", args, got, want)
		}
	}
}

// TestUsageIf checks the table of --if, with the column OTHER and the total.
func TestUsageIf(t *testing.T) {
	option, _ := newUsage(t, usedByMany()...)
	code, out, errs := call("", "usage", option, "--if", "tls-min-version=1.3")
	lines := strings.Split(out, "\n")
	if code != 0 || len(lines) != 5 || !strings.HasSuffix(lines[0], " OTHER") || !strings.HasSuffix(lines[1], " yes") || !strings.HasSuffix(lines[2], " no") ||
		lines[3] != "clients that could not log in: 2, of 2 users" {
		t.Errorf("exit %d: %s%s", code, out, errs)
	}
}

// TestUsageErrors checks wrong arguments, and a file that is missing, empty or damaged.
func TestUsageErrors(t *testing.T) {
	option, file := newUsage(t, usedByMany()...)
	for _, step := range []step{
		{"user", "", "usage --user=none " + option, exitPart, "", "no such login"},
		{"since", "", "usage --since=soon " + option, exitUsage, "", "--since"},
		{"parameter", "", "usage --if=port=1 " + option, exitUsage, "", "--if must be"},
		{"no value", "", "usage --if=tls-min-version " + option, exitUsage, "", "--if must be"},
		{"apop", "", "usage --if=apop=yes " + option, exitUsage, "", "--if must be"},
		{"auto", "", "usage --if=sasl-mechanisms=auto " + option, exitUsage, "", "name the mechanisms"},
		{"wrong value", "", "usage --if=tls-min-version=1.4 " + option, exitData, "", "1.2"},
		{"operand", "", "usage ann " + option, exitUsage, "", "usage:"},
	} {
		t.Run(step.name, step.run)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	text[40] ^= 1
	for _, test := range []struct {
		name, content string
		code          int
		out, errs     string
	}{
		{"damaged", string(text), exitPart, "METHOD", "1 damaged parts were skipped"},
		{"empty", "", 0, "no logins are recorded\n", ""},
		{"foreign", "From a\n", exitNoInput, "", "not a usage file"},
	} {
		writeTest(t, file, test.content)
		t.Run(test.name, step{test.name, "", "usage " + option, test.code, test.out, test.errs}.run)
	}
	if err := os.Remove(file); err != nil {
		t.Fatal(err)
	}
	t.Run("missing", step{"missing", "", "usage " + option, exitNoInput, "", "the daemon creates it"}.run)
	config := filepath.Join(t.TempDir(), "tpops.toml")
	writeTest(t, config, "# empty\n")
	t.Run("help", step{"help", "", "usage --help", 0, "65 if the configuration is invalid or does not set usage-file", ""}.run)
	t.Run("not set", step{"not set", "", "usage --config=" + config, exitData, "", "usage-file is not set"}.run)
}
