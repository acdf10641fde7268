package main

import (
	"fmt"
	"strings"
	"time"

	"tpops/pkg/setup"
)

// printMachine prints what was found out.
func printMachine(m *setup.Machine, s streams) {
	fmt.Fprintf(s.out, "This machine is %s.\n", visible(m.Hostname, ""))
	if !m.IsSystemd {
		fmt.Fprintln(s.out, "systemd does not run, or has no tpops.service: only files are written.")
	}
	if m.Database != "" {
		fmt.Fprintf(s.out, "A database server answers at %s.\n", m.Database)
	}
	for i, c := range m.Certificates {
		fmt.Fprintf(s.out, "Certificate %d: %s for %s until %s\n", i+1, visible(c.Cert, ""), visible(strings.Join(c.Names, ", "), ""), c.Until.Format(time.DateOnly))
	}
	if m.HasOwnTLS() {
		fmt.Fprintln(s.out, "The configuration names certificates, which stay.")
	}
}

// printPlan prints what would be done.
func (o *setupOptions) printPlan(p *setup.Plan, s streams) {
	if len(p.Steps) == 0 {
		fmt.Fprintln(s.out, "All files are as they should be.")
	}
	for _, step := range p.Steps {
		fmt.Fprintf(s.out, "* %s\n", visible(step.About, ""))
		if command := step.Command(); command != "" {
			fmt.Fprintf(s.out, "    $ %s\n", visible(command, ""))
		}
		if step.File != nil {
			printFile(step.File, s)
		}
	}
	if o.machine.IsSystemd && !o.noStart {
		fmt.Fprintln(s.out, "* check the configuration, open the ports and start the service")
		for _, words := range p.StartCommands() {
			fmt.Fprintf(s.out, "    $ %s\n", strings.Join(words, " "))
		}
	}
	for _, note := range p.Notes {
		fmt.Fprintf(s.out, "Note: %s.\n", visible(note, ""))
	}
}

// printFile prints what would change in a file.
func printFile(f *setup.File, s streams) {
	if f.IsSecret {
		n := len(setup.Diff(f.Before, f.After))
		fmt.Fprintf(s.out, "    (changed lines with passwords or keys: %d, mode %04o)\n", n, f.Mode)
		return
	}
	for _, line := range setup.Diff(setup.HideSecrets(f.Before), setup.HideSecrets(f.After)) {
		fmt.Fprintf(s.out, "    %s\n", visible(line, "\t"))
	}
}
