// Command bench measures TPOPS beside Dovecot, Courier and a server of constant
// answers: on one machine, in one run, interleaved, with the same users and
// mailboxes, on loopback. It prints Markdown tables and writes SVG plots. It
// starts and stops all that it needs.
package main

import (
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"os/signal"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"time"

	"tpops/test/bench/peer"
	"tpops/test/bench/proc"
)

func main() {
	if len(os.Args) > 1 && os.Args[1] == peer.NullCommand {
		exit(peer.RunNull(os.Args[2:]))
	}
	var o options
	flag.StringVar(&o.scale, "scale", "full", "quick, full, or all: the largest sizes, in hours")
	flag.StringVar(&o.rows, "rows", "", "rows to measure, separated by commas (default: all)")
	flag.StringVar(&o.out, "out", ".", "folder for the tables and plots")
	flag.StringVar(&o.memory, "memory", "/dev/shm", "folder on a tmpfs for mailboxes of rows that remove no message, which are made there ten times as fast; empty: none")
	flag.StringVar(&o.root13, "debian13", "/var/cache/tpops-bench/trixie", "folder of a Debian 13 with Dovecot")
	flag.StringVar(&o.rootCourier, "courier", "/var/cache/tpops-bench/courier", "folder of a Debian 13 with Courier")
	flag.StringVar(&o.profile, "profile", "", "folder for profiles; PROGRAM must be built for them, and is measured alone")
	flag.Usage = func() {
		fmt.Fprintln(os.Stderr, "usage: bench [OPTION]... PROGRAM\nrows:", strings.Join(rowNames(), " "))
		flag.PrintDefaults()
	}
	flag.Parse()
	if flag.NArg() != 1 {
		flag.Usage()
		os.Exit(64)
	}
	o.program = flag.Arg(0)
	exit(run(o))
}

func exit(err error) {
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench:", err)
		os.Exit(1)
	}
	os.Exit(0)
}

// options are what the command line sets.
type options struct {
	program, scale, rows, out, memory, root13, rootCourier, profile string
}

// run measures the rows and writes the result, also if a row fails.
func run(o options) error {
	b, err := newBench(o)
	if err != nil {
		return err
	}
	defer b.removeFolders()
	b.removeWhenKilled()
	selected, err := selectRows(o.rows)
	if err != nil {
		return err
	}
	var errs []error
	for _, r := range selected {
		start := time.Now()
		b.row = r.name
		if err := r.measure(b); err != nil {
			errs = append(errs, fmt.Errorf("row %s: %w", r.name, err))
			b.note("The row %s failed: %v", r.name, err)
		}
		b.progress("%.0f s", time.Since(start).Seconds())
		// What was measured is not lost if the run ends early.
		errs = append(errs, b.report(o.out))
	}
	fmt.Print(b.markdown())
	return errors.Join(errs...)
}

// newBench prepares a run. The caller removes its folders.
func newBench(o options) (*bench, error) {
	size, ok := scales[o.scale]
	if !ok {
		return nil, fmt.Errorf("-scale %s: choose quick, full or all", o.scale)
	}
	program, err := filepath.Abs(o.program)
	if err != nil {
		return nil, err
	}
	most, err := moreFiles()
	if err != nil {
		return nil, err
	}
	b := &bench{options: o, size: size, most: most, started: time.Now(), load: loadAverage()}
	b.program = program
	if b.built, err = built(program); err != nil {
		return nil, err
	}
	if err := b.makeFolders(); err != nil {
		return nil, err
	}
	b.findPeers()
	b.cert, err = peer.NewCertificate(b.dir)
	return b, err
}

// makeFolders makes folders that the servers, which give up root, may enter.
func (b *bench) makeFolders() error {
	var err error
	if b.dir, err = os.MkdirTemp("", "tpops-bench-"); err != nil {
		return err
	}
	b.fast = b.dir
	if _, err := os.Stat(b.memory); b.memory != "" && err == nil {
		if b.fast, err = os.MkdirTemp(b.memory, "tpops-bench-"); err != nil {
			return err
		}
	}
	return errors.Join(os.Chmod(b.dir, 0o755), os.Chmod(b.fast, 0o755))
}

// removeWhenKilled ends the servers and removes the folders also if a signal ends
// the run: a moment later, when the servers write no more.
func (b *bench) removeWhenKilled() {
	killed := make(chan os.Signal, 1)
	signal.Notify(killed, os.Interrupt, syscall.SIGTERM)
	go func() {
		<-killed
		stopChildren()
		remove := exec.Command("sh", "-c", `sleep 2; rm -rf "$@"`, "sh", b.dir, b.fast)
		remove.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
		if err := remove.Start(); err != nil {
			fmt.Fprintln(os.Stderr, "bench: remove", b.dir, b.fast, "by hand:", err)
		}
		os.Exit(130)
	}()
}

// stopChildren ends what this process has started. A server that gave up root
// does not get the signal that it had asked for (see PR_SET_PDEATHSIG).
func stopChildren() {
	processes, err := proc.Tree(os.Getpid())
	if err != nil {
		fmt.Fprintln(os.Stderr, "bench: stop the servers:", err)
	}
	for _, p := range processes {
		if p.Parent == os.Getpid() {
			_ = syscall.Kill(p.PID, syscall.SIGTERM)
		}
	}
}

// removeFolders removes them, with all that is in them.
func (b *bench) removeFolders() error {
	return errors.Join(os.RemoveAll(b.dir), os.RemoveAll(b.fast))
}

// selectRows returns the rows with these names, in the order of the table.
func selectRows(names string) ([]row, error) {
	if names == "" {
		return rows(), nil
	}
	wanted := strings.Split(names, ",")
	for _, name := range wanted {
		if !slices.Contains(rowNames(), name) {
			return nil, fmt.Errorf("there is no row %q; rows: %s", name, strings.Join(rowNames(), " "))
		}
	}
	return slices.DeleteFunc(rows(), func(r row) bool { return !slices.Contains(wanted, r.name) }), nil
}
