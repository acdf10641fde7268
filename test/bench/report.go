package main

import (
	"bufio"
	"debug/buildinfo"
	"fmt"
	"os"
	"os/exec"
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
	for _, c := range b.curves {
		if !c.Digits {
			files[c.Name+".svg"] = c.SVG(columns())
		}
	}
	for name, content := range files {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o644); err != nil {
			return err
		}
	}
	return nil
}

// markdown returns the whole result as text.
func (b *bench) markdown() string {
	var text strings.Builder
	fmt.Fprintf(&text, "# Benchmark\n\n%s, scale %s, %d processors (%s), %s. Medians of %d measurements; rows that measure memory: of %d. "+
		"Load average: %s at the beginning, %s at the end, with the benchmark itself.\n\n",
		b.started.Format(time.DateOnly), b.scale, runtime.NumCPU(), processor(), kernel(), b.size.rounds, b.size.memory, b.load, loadAverage())
	text.WriteString("Servers: " + b.servers() + ".\n\n")
	if len(b.lines) > 0 {
		text.WriteString("## Figures\n\n" + table.Figures(b.lines, columns()) + "\n![bars](bench.svg)\n\n")
	}
	if slices.ContainsFunc(b.lines, func(l *table.Line) bool { return len(l.Limits) > 0 }) {
		text.WriteString("## Limits\n\n" + table.Limits(b.lines) + "\n")
	}
	for _, c := range b.curves {
		fmt.Fprintf(&text, "## %s (%s)\n\n%s\n", c.Title, c.Unit, c.Table(columns()))
		if !c.Digits {
			fmt.Fprintf(&text, "%s\n![curve](%s.svg)\n\n", c.Fits(columns()), c.Name)
		}
	}
	for _, note := range b.notes {
		text.WriteString("- " + note + "\n")
	}
	return text.String()
}

// servers lists the servers with their versions. Those of other servers are of Debian's
// packages.
func (b *bench) servers() string {
	list := []string{b.built}
	for _, k := range b.others() {
		if text := product(k) + " (" + k.Version + ")"; !slices.Contains(list, text) {
			list = append(list, text)
		}
	}
	return strings.Join(list, ", ")
}

// built returns the version of TPOPS in a program and of the Go that has built it.
func built(program string) (string, error) {
	info, err := buildinfo.ReadFile(program)
	if err != nil {
		return "", err
	}
	version, err := exec.Command(program, "--version").Output()
	if err != nil {
		return "", fmt.Errorf("%s --version: %w", program, err)
	}
	fields := strings.Fields(string(version))
	if len(fields) < 2 {
		return "", fmt.Errorf("%s --version prints %q", program, version)
	}
	return "TPOPS (" + fields[1] + ", " + info.GoVersion + ")", nil
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

// loadAverage returns the number of runnable processes, averaged over one, five
// and fifteen minutes: how busy others have kept the machine.
func loadAverage() string {
	text, err := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(text)); err == nil && len(fields) > 2 {
		return strings.Join(fields[:3], " ")
	}
	return "unknown"
}
