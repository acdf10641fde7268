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
		if err := os.WriteFile(releasedFile, []byte(strings.Join(now, "\n")+"\n"), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	text, err := os.ReadFile(releasedFile)
	if err != nil {
		t.Fatal(err)
	}
	kinds := map[string]int{}
	for line := range strings.SplitSeq(strings.TrimSpace(string(text)), "\n") {
		kind, _, _ := strings.Cut(line, " ")
		kinds[kind]++
		if _, found := slices.BinarySearch(now, line); !found {
			t.Errorf("%q of the last release is missing: keep it until the next major version, see UPGRADING.md", line)
		}
	}
	for kind, least := range map[string]int{"parameter": 100, "event": 50, "always": 50, "field": 30, "code": 5, "metric": 10} {
		if kinds[kind] < least {
			t.Errorf("%s has %d lines of the kind %s", releasedFile, kinds[kind], kind)
		}
	}
}
