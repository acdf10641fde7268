package house

import (
	"flag"
	"os"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/metrics"
	"tpops/pkg/pop3"
)

// releasedFile has the names that the last release promised. See UPGRADING.md: they stay
// within a major version.
const releasedFile = "testdata/released.txt"

var writeReleased = flag.Bool("write-released", false, "write "+releasedFile+", when a release is made")

// promised returns a line for each name that configurations, log filters, clients and
// dashboards contain.
func promised() []string {
	var lines []string
	add := func(words ...string) { lines = append(lines, strings.TrimSpace(strings.Join(words, " "))) }
	for _, p := range config.Params() {
		add("parameter", p.Name)
		if p.Deprecated.Since != "" {
			add("deprecated", p.Name, p.Deprecated.Since)
		}
	}
	for kind := range eventlog.Kinds() {
		add("event", kind.ID, kind.Event)
		for f := range kind.Always() {
			add("always", kind.ID, f.Key)
		}
	}
	for f := range eventlog.Fields() {
		add("field", f.Key, f.Name)
	}
	for _, code := range []pop3.Code{pop3.CodeAuth, pop3.CodeInUse, pop3.CodeDelay, pop3.CodeSysTemp, pop3.CodeSysPerm} {
		add("code", string(code))
	}
	for f := range metrics.Families() {
		add("metric", f.Name, f.Type, f.Label)
	}
	slices.Sort(lines)
	return lines
}

// No parameter, event, field, reply code or metric of the last release is missing or has
// another name. New ones are not listed before the next release.
func TestHouseReleased(t *testing.T) {
	now := promised()
	if *writeReleased {
		for _, line := range neverDeprecated(releasedLines(t), now) {
			t.Fatalf("%q vanishes, but the last release did not deprecate it, see UPGRADING.md", line)
		}
		if err := os.WriteFile(releasedFile, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	kinds := map[string]int{}
	lines := releasedLines(t)
	for _, line := range lines {
		kind, _, _ := strings.Cut(line, " ")
		kinds[kind]++
	}
	for _, line := range missing(lines, now) {
		t.Errorf("%q of the last release is missing: keep it until the next major version, see UPGRADING.md", line)
	}
	for kind, least := range map[string]int{"parameter": 100, "event": 50, "always": 50, "field": 30, "code": 5, "metric": 10} {
		if kinds[kind] < least {
			t.Errorf("%s has %d lines of the kind %s", releasedFile, kinds[kind], kind)
		}
	}
}

// releasedLines returns the lines of releasedFile.
func releasedLines(t *testing.T) []string {
	t.Helper()
	text, err := os.ReadFile(releasedFile)
	if err != nil {
		t.Fatal(err)
	}
	return strings.Split(strings.TrimSpace(string(text)), "\n")
}

// missing returns the promises of the last release that are not kept. A parameter may
// cease to be deprecated.
func missing(released, now []string) []string {
	var all []string
	for _, line := range released {
		if !strings.HasPrefix(line, "deprecated ") && !slices.Contains(now, line) {
			all = append(all, line)
		}
	}
	return all
}

// neverDeprecated returns the missing parameters that the last release did not deprecate.
// No version removes them, not even a major one.
func neverDeprecated(released, now []string) []string {
	return slices.DeleteFunc(missing(released, now), func(line string) bool {
		name, isParameter := strings.CutPrefix(line, "parameter ")
		isOf := func(line string) bool { return strings.HasPrefix(line, "deprecated "+name+" ") }
		return !isParameter || slices.ContainsFunc(released, isOf)
	})
}

func TestHouseReleasedRules(t *testing.T) {
	released := []string{"deprecated old 1.2.0", "event 1 login", "parameter new", "parameter old"}
	tests := []struct {
		name                     string
		now                      []string
		missing, neverDeprecated string
	}{
		{"all kept", released, "", ""},
		{"more", []string{"event 1 login", "parameter new", "parameter newest", "parameter old"}, "", ""},
		{"a deprecated parameter", []string{"event 1 login", "parameter new"}, "parameter old", ""},
		{"a parameter", []string{"event 1 login", "parameter old"}, "parameter new", "parameter new"},
		{"an event", []string{"parameter new", "parameter old"}, "event 1 login", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(missing(released, tt.now), ", "); got != tt.missing {
				t.Errorf("missing: %q, want %q", got, tt.missing)
			}
			if got := strings.Join(neverDeprecated(released, tt.now), ", "); got != tt.neverDeprecated {
				t.Errorf("never deprecated: %q, want %q", got, tt.neverDeprecated)
			}
		})
	}
}
