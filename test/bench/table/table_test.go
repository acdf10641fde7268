package table

import (
	"math"
	"strings"
	"testing"
)

func TestMedian(t *testing.T) {
	for _, test := range []struct {
		name   string
		values []float64
		want   float64
	}{
		{"one", []float64{7}, 7},
		{"odd, not in order", []float64{9, 1, 5}, 5},
		{"even", []float64{4, 1, 2, 100}, 3},
		{"five with an outlier", []float64{1, 2, 3, 4, 1000}, 3},
	} {
		before := test.values[0]
		if got := Median(test.values); got != test.want || test.values[0] != before {
			t.Errorf("%s: Median = %v, want %v; values now %v", test.name, got, test.want, test.values)
		}
	}
	if !math.IsNaN(Median(nil)) {
		t.Error("Median of nothing is a number")
	}
}

func TestSpread(t *testing.T) {
	if got := Spread([]float64{8, 10, 14}); got != 0.6 {
		t.Errorf("Spread = %v, want 0.6", got)
	}
	if got := Spread([]float64{0, 0}) + Spread(nil); got != 0 {
		t.Errorf("Spread without a median = %v", got)
	}
}

func TestNumber(t *testing.T) {
	for v, want := range map[float64]string{
		0: "0", 0.12345: "0.123", 0.9999: "1.00", 99.99: "100", 9.996: "10.0", 1.5: "1.50", 12.34: "12.3", 121.6: "122", 28800: "28,800", 1234567: "1,234,567",
		-1234: "-1,234", 0.00001: "0.0000", math.NaN(): "–", math.Inf(1): "–",
	} {
		if got := Number(v); got != want {
			t.Errorf("Number(%v) = %q, want %q", v, got, want)
		}
	}
}

// poll has one server at the limit, one above it, and two of Dovecot.
func poll() *Line {
	return &Line{Row: "poll", Work: "0 messages", Unit: "ms",
		Cells:  map[string]float64{"thread": 0.15, "prefork": 0.4, "null": 0.1, "Dovecot a": 0.8, "Dovecot b": 0.6},
		Spread: map[string]float64{"thread": 0.1, "null": 0.25},
		Limits: []Limit{{"thread", "null", 1.5}, {"prefork", "null", 2.5}, {"thread", Dovecot, 1. / 3}, {"thread", "", 0.2}, {"fork", "null", 3}},
	}
}

func TestLimits(t *testing.T) {
	l := poll()
	l.Cells["thread"] = l.Limits[0].Allowed(l) // exactly the limit
	wants := []struct {
		verdict Verdict
		text    string
	}{
		{Met, "≤ 1.5 × null"},
		{Missed, "≤ 2.5 × null"},
		{Met, "≤ Dovecot ÷ 3"},
		{Met, "≤ 0.2 ms"},
		{Unknown, "≤ 3 × null"},
	}
	for i, want := range wants {
		m := l.Limits[i]
		if got := m.Check(l); got != want.verdict {
			t.Errorf("%+v: %s, want %s", m, got, want.verdict)
		}
		if got := m.text(l); got != want.text {
			t.Errorf("%+v: %q, want %q", m, got, want.text)
		}
	}
}

func TestHigherIsBetter(t *testing.T) {
	l := &Line{Unit: "MB/s", Higher: true, Cells: map[string]float64{"thread": 900, "null": 1000, "Dovecot a": 300, "Dovecot b": 400}}
	if got := l.Cell(Dovecot); got != 400 {
		t.Errorf("best Dovecot = %v, want 400", got)
	}
	if got := l.Ratio("thread", "null"); got != 0.9 {
		t.Errorf("ratio = %v, want 0.9", got)
	}
	for bound, want := range map[float64]Verdict{0.85: Met, 0.95: Missed} {
		m := Limit{"thread", "null", bound}
		if got := m.Check(l); got != want {
			t.Errorf("at least %v × null: %s, want %s", bound, got, want)
		}
	}
}

func TestMarkdown(t *testing.T) {
	order := []string{"thread", "prefork", "fork", "Dovecot a", "Dovecot b", "null"}
	wantFigures := "| row | work | unit | thread | prefork | Dovecot a | Dovecot b | null | spread |\n" +
		"|---|---|---|---|---|---|---|---|---|\n" +
		"| poll | 0 messages | ms | 0.150 | 0.400 | 0.800 | 0.600 | 0.100 | 25.0 % |\n"
	if got := Figures([]*Line{poll()}, order); got != wantFigures {
		t.Errorf("Figures:\n%swant\n%s", got, wantFigures)
	}
	got := strings.Split(Limits([]*Line{poll()}), "\n")
	want := "| poll | 0 messages | prefork | 0.400 ms | 0.600 ms | 0.667 × | 0.100 ms | 4.00 × | ≤ 2.5 × null | 0.250 | no |"
	if len(got) != 8 || got[3] != want {
		t.Errorf("Limits:\n%s\nwant as fourth line\n%s", strings.Join(got, "\n"), want)
	}
	unmeasured := "| poll | 0 messages | fork |  | 0.600 ms |  | 0.100 ms |  | ≤ 3 × null | 0.300 | not measured |"
	if got[6] != unmeasured {
		t.Errorf("a server that was not measured:\n%s\nwant\n%s", got[6], unmeasured)
	}
	if got := Markdown([][]string{{"a"}, {"b|c\nd"}}); got != "| a |\n|---|\n| b\\|c d |\n" {
		t.Errorf("a cell with a bar: %q", got)
	}
}
