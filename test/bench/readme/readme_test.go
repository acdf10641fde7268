package main

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/test/bench/table"
)

func read(t *testing.T, name string) string {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// TestREADME holds that README.md has the figures of test/bench/measured.md.
func TestREADME(t *testing.T) {
	readme := read(t, "../../../README.md")
	want, err := replace(readme, read(t, "../measured.md"))
	if err != nil {
		t.Fatal(err)
	}
	if readme != want {
		t.Error("README.md differs from test/bench/measured.md: run make bench bench-readme")
	}
}

// measured is a measurement in which each server has a figure of each work.
func measured(cells map[string]float64) string {
	var lines []*table.Line
	for _, e := range entries() {
		for _, work := range e.works {
			l := &table.Line{Row: "r", Work: work, Unit: e.unit, Cells: cells, Spread: map[string]float64{"thread": 0.25}}
			lines = append(lines, l)
		}
	}
	order := []string{"thread", "thread alone", "prefork", "Dovecot 2.3 kept", "Dovecot 2.4 shared", "Courier"}
	return "# Benchmark\n\n2026-11-29, one machine. Medians of 5. Load average: 1.\n\nServers: TPOPS (1.0), Courier (1.4).\n\n## Figures\n\n" +
		table.Figures(lines, order) + "\n![bars](bench.svg)\n\n## Limits\n\n| a |\n|---|\n\n## curve (ms)\n\n![curve](curve.svg)\n\n- left out: one\n- two\n"
}

// TestComparison checks the best of several columns, what is bold, and the caption.
func TestComparison(t *testing.T) {
	block, err := comparison(measured(map[string]float64{
		"thread": 1234, "thread alone": 1, "prefork": 2, "Dovecot 2.3 kept": 1500, "Dovecot 2.4 shared": 1230, "Courier": 0.5,
	}))
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{
		"100 messages | 1,200 ms | 1,200 ms | **0.50** ms |",                // 1,230 is no better at this precision
		"4 clients | 1,200 a second | **1,500** a second | 0.50 a second |", // more is better
		"empty mailbox; 100 messages, `\"prefork\"` | 2.0; 2.0 ms | 1,200; 1,200 ms | **0.50**; **0.50** ms |",
		"Measured on 2026-11-29, one machine. Medians of 5.\nServers: TPOPS (1.0), Courier (1.4).\n", "differ by up to 25 %",
	} {
		if !strings.Contains(block, want) {
			t.Errorf("no %q in\n%s", want, block)
		}
	}
	if strings.Contains(block, "Load average") {
		t.Errorf("the load is in\n%s", block)
	}
}

// TestIncomplete holds that a measurement without a row, or of other sizes, changes no file.
func TestIncomplete(t *testing.T) {
	whole := measured(map[string]float64{"thread": 1, "prefork": 2})
	for _, broken := range []string{
		"", strings.Replace(whole, "| r | TOP n 0, 4 clients | a second | 1.00", "| r | TOP n 0, 4 clients | a second | ", 1),
		strings.ReplaceAll(whole, "UIDL of 100,000", "UIDL of 2,000"), strings.Replace(whole, "1.00 |", "fast |", 1),
	} {
		dir := t.TempDir()
		bench, kept, readme := filepath.Join(dir, "bench.md"), filepath.Join(dir, "measured.md"), filepath.Join(dir, "README.md")
		for name, text := range map[string]string{bench: broken, readme: begin + end} {
			if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
				t.Fatal(err)
			}
		}
		err := run(bench, kept, readme)
		if _, statErr := os.Stat(kept); err == nil || !os.IsNotExist(statErr) || read(t, readme) != begin+end {
			t.Errorf("%v, %v, README.md is %q", err, statErr, read(t, readme))
		}
	}
}

// TestKeep holds that the kept measurement has the figures, and gives the same README.md
// when it is used again.
func TestKeep(t *testing.T) {
	whole := measured(map[string]float64{"thread": 1, "prefork": 2})
	kept := keep(whole)
	if strings.Contains(kept, "svg") || strings.Contains(kept, "curve (ms)") || !strings.Contains(kept, "## Limits") || !strings.HasSuffix(kept, "## Notes\n\n- left out: one\n- two\n") {
		t.Errorf("kept:\n%s", kept)
	}
	first, err := comparison(whole)
	second, again := comparison(kept)
	if first != second || err != nil || again != nil || keep(kept) != kept {
		t.Errorf("%v, %v\n%s\n%s", err, again, first, second)
	}
}
