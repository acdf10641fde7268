// Command bench measures the server given as its argument, and Dovecot beside
// it if that is installed: both on the same machine, in the same run, with the
// same users and mailboxes, on loopback. It prints a table. It starts and
// stops what it needs itself.
package main

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"text/tabwriter"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: bench PROGRAM")
		os.Exit(64)
	}
	if err := run(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
}

// figure is one row of the table.
type figure struct {
	name    string
	measure func(s *server, w *world) (float64, error)
	format  string
	runs    int // the median of so many is printed
	// fresh says that each run has a server of its own, which has done nothing
	// else: for memory that a process once had it may keep.
	fresh bool
}

var figures = []figure{
	{"logins per second (8 clients)", loginsPerSecond, "%.0f", 3, false},
	{"processor time per login, ms", processorPerLogin, "%.2f", 3, false},
	{"open + UIDL of 100,000 messages, first time, s", openFirst, "%.2f", 1, false},
	{"open + UIDL of 100,000 messages, again, s", openBig, "%.3f", 5, false},
	{"RETR of a message of 100 MB, MB/s", retrieve, "%.0f", 5, false},
	{"memory per idle session (of 500), KiB", memoryPerSession, "%.1f", 3, true},
}

func run(program string) error {
	dir, err := os.MkdirTemp("", "tpops-bench-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	// The servers give up root, and are to come through.
	if err := os.Chmod(dir, 0o755); err != nil {
		return err
	}
	starters := map[string]func(string, *world) (*server, error){
		"TPOPS": func(dir string, w *world) (*server, error) { return startTPOPS(program, dir, w) },
	}
	names := []string{"TPOPS"}
	if reason := noDovecot(); reason == "" {
		starters["Dovecot"] = startDovecot
		names = append(names, "Dovecot")
	} else {
		fmt.Fprintln(os.Stderr, "Dovecot is left out:", reason)
	}
	rows := make([][]string, len(figures))
	for _, name := range names {
		if err := measureAll(name, filepath.Join(dir, name), starters[name], rows); err != nil {
			return fmt.Errorf("%s: %w", name, err)
		}
	}
	return printTable(names, rows)
}

// measureAll makes mailboxes, starts a server for them, and adds a column to
// the rows.
func measureAll(name, dir string, start func(string, *world) (*server, error), rows [][]string) error {
	fmt.Fprintf(os.Stderr, "%s: making mailboxes\n", name)
	w, err := makeWorld(dir)
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	newServer := func() (*server, error) { return start(dir, w) }
	s, err := newServer()
	if err != nil {
		return err
	}
	defer s.stop()
	for i, f := range figures {
		fmt.Fprintf(os.Stderr, "%s: %s\n", name, f.name)
		value, err := median(f, s, newServer, w)
		if err != nil {
			return fmt.Errorf("%s: %w", f.name, err)
		}
		rows[i] = append(rows[i], fmt.Sprintf(f.format, value))
	}
	return nil
}

// median measures a figure as often as it says.
func median(f figure, s *server, newServer func() (*server, error), w *world) (float64, error) {
	var values []float64
	for range f.runs {
		v, err := measureOnce(f, s, newServer, w)
		if err != nil {
			return 0, err
		}
		values = append(values, v)
	}
	slices.Sort(values)
	return values[len(values)/2], nil
}

func measureOnce(f figure, s *server, newServer func() (*server, error), w *world) (float64, error) {
	if f.fresh {
		fresh, err := newServer()
		if err != nil {
			return 0, err
		}
		defer fresh.stop()
		s = fresh
	}
	return f.measure(s, w)
}

func printTable(names []string, rows [][]string) error {
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintf(table, "\t%s\truns\n", strings.Join(names, "\t"))
	for i, f := range figures {
		fmt.Fprintf(table, "%s\t%s\t%d\n", f.name, strings.Join(rows[i], "\t"), f.runs)
	}
	return table.Flush()
}
