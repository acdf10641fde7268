package main

import (
	"bufio"
	"fmt"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"time"

	"tpops/test/bench/table"
)

// report writes the result, with its plots, into a folder.
func (b *bench) report(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	files := map[string]string{"bench.md": b.markdown()}
	if len(b.lines) > 0 {
		files["bench.svg"] = table.Bars(b.lines, columns())
	}
	for i, c := range b.curves {
		files[curveFile(i)] = c.SVG(columns())
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

func curveFile(i int) string { return fmt.Sprintf("curve-%d.svg", i+1) }

// markdown returns the whole result as text.
func (b *bench) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "# Benchmark\n\n%s, scale %s, %d processors (%s), %s. Medians of %d measurements; rows that measure memory: of %d.\n\n",
		b.started.Format(time.DateOnly), b.scale, runtime.NumCPU(), processor(), kernel(), b.size.rounds, b.size.memory)
	if len(b.lines) > 0 {
		text.WriteString("## Figures\n\n" + table.Figures(b.lines, columns()) + "\n![bars](bench.svg)\n\n")
	}
	if slices.ContainsFunc(b.lines, func(l *table.Line) bool { return len(l.Limits) > 0 }) {
		text.WriteString("## Limits\n\n" + table.Limits(b.lines) + "\n")
	}
	for i, c := range b.curves {
		fmt.Fprintf(&text, "## %s (%s)\n\n%s\n![curve](%s)\n\n", c.Title, c.Unit, c.Table(columns()), curveFile(i))
	}
	for _, note := range b.notes {
		text.WriteString("- " + note + "\n")
	}
	return text.String()
}

// processor returns the name of the processor.
func processor() string {
	file, err := os.Open("/proc/cpuinfo")
	if err != nil {
		return runtime.GOARCH
	}
	defer file.Close()
	for lines := bufio.NewScanner(file); lines.Scan(); {
		if name, found := strings.CutPrefix(lines.Text(), "model name"); found {
			return strings.TrimLeft(name, "\t :")
		}
	}
	return runtime.GOARCH
}

func kernel() string {
	text, _ := os.ReadFile("/proc/sys/kernel/osrelease")
	return "Linux " + strings.TrimSpace(string(text))
}
