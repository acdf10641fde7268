// Command flood measures how honest clients fare with the server given as its
// argument while hostile ones flood it: 2,000 connections, all on loopback, from
// one address or from one each. It prints a table. It starts and stops what it
// needs itself.
package main

import (
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"text/tabwriter"
	"time"

	"tpops/test/daemon"
)

const (
	hostile = 2000             // connections
	honest  = 4                // clients at a time, in each of the two groups
	span    = 10 * time.Second // of a measurement
)

// guards are the parameters of the server.
var guards = []struct {
	name   string
	params []string
}{
	{"without", []string{"--max-per-address=0", "--max-before-login=1000", "--guess-delay-max=0", "--login-time=0"}},
	{"with", nil},
}

func main() {
	// By 20 seconds the first guess of each address has been checked.
	settle := flag.Duration("settle", 20*time.Second, "from the start of the flood to that of a measurement")
	flag.Parse()
	if flag.NArg() != 1 {
		fmt.Fprintln(os.Stderr, "usage: flood [-settle TIME] PROGRAM")
		os.Exit(64)
	}
	if err := run(flag.Arg(0), *settle); err != nil {
		fmt.Fprintln(os.Stderr, "flood:", err)
		os.Exit(1)
	}
}

func run(program string, settle time.Duration) error {
	dir, err := os.MkdirTemp("", "tpops-flood-")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	users := filepath.Join(dir, "users")
	if err := makeUsers(dir, users); err != nil {
		return err
	}
	table := tabwriter.NewWriter(os.Stdout, 0, 0, 2, ' ', 0)
	fmt.Fprintln(table, "flood\tguard\tclients\tlogins/s\tfailed\tmedian\t95 %\t99 %\tlongest")
	for _, f := range floods {
		for _, g := range guards {
			fmt.Fprintf(os.Stderr, "%s, %s guard\n", f.name, g.name)
			figures, err := measure(program, users, g.params, f, settle)
			if err != nil {
				return err
			}
			for _, figure := range figures {
				fmt.Fprintf(table, "%s\t%s\t%s\n", f.name, g.name, figure)
			}
		}
	}
	return table.Flush()
}

// measure starts a server, floods it, and returns how each group of honest
// clients fared.
func measure(program, users string, params []string, f flood, settle time.Duration) ([]string, error) {
	params = append([]string{"--auth-type=passwd-file", "--passwd-file=" + users, "--max-servers=1000",
		"--guard-exempt=none", "--syslog=none"}, params...)
	d, err := daemon.Start(program, params...)
	if err != nil {
		return nil, err
	}
	defer d.Kill()
	if err := warmUp(d.Addr); err != nil {
		return nil, err
	}
	stop := f.start(d.Addr)
	defer stop()
	time.Sleep(settle)
	return measureGroups(d.Addr), nil
}
