package packaging

import (
	"encoding/json"
	"os"
	"regexp"
	"testing"

	"tpops/pkg/metrics"
)

// metricName finds the metrics in an expression of Prometheus, with the parts of a
// histogram.
var metricName = regexp.MustCompile(`\b((?:tpops|process)_\w+?)(_bucket|_sum|_count)?\b`)

// The dashboard and the alert rules use metrics that exist, and the dashboard is one.
func TestDashboard(t *testing.T) {
	known := map[string]string{}
	for f := range metrics.Families() {
		known[f.Name] = f.Type
	}
	for _, name := range []string{"examples/tpops-dashboard.json", "examples/tpops.rules.yml"} {
		text, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found := metricName.FindAllStringSubmatch(string(text), -1)
		for _, match := range found {
			if kind, ok := known[match[1]]; !ok || (match[2] != "") != (kind == "histogram") {
				t.Errorf("%s: no metric %s (%s)", name, match[0], kind)
			}
		}
		if len(found) < 8 {
			t.Errorf("%s: %d metrics", name, len(found))
		}
	}
	text, err := os.ReadFile("examples/tpops-dashboard.json")
	if err != nil {
		t.Fatal(err)
	}
	var dashboard struct {
		Title  string
		Panels []struct {
			ID      int
			Title   string
			Targets []struct{ RefID, Expr string }
		}
	}
	if err := json.Unmarshal(text, &dashboard); err != nil {
		t.Fatal(err)
	}
	ids := map[int]bool{}
	for _, p := range dashboard.Panels {
		if p.Title == "" || ids[p.ID] || len(p.Targets) == 0 {
			t.Errorf("%+v", p)
		}
		ids[p.ID] = true
		for _, target := range p.Targets {
			if target.Expr == "" || target.RefID == "" {
				t.Errorf("%s: %+v", p.Title, target)
			}
		}
	}
	if dashboard.Title != "TPOPS" || len(ids) < 6 {
		t.Errorf("%q, %d panels", dashboard.Title, len(ids))
	}
}
