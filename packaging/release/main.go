// Command release writes the files that describe a release. packaging/release.sh calls it.
//
//	release stamp VERSION SECONDS                       give the source in this folder its version and date
//	release notes VERSION                               print the section of CHANGELOG.md
//	release sbom ARTIFACT VERSION SECONDS [FOLDER]      print the parts of the programs in FOLDER, or of the source
//	release provenance FOLDER VERSION SECONDS COMMIT    print how the files in FOLDER were made
//
// SECONDS is the time of the commit since 1970. All output depends on the arguments and
// the source alone.
package main

import (
	"fmt"
	"os"
	"strconv"
	"time"
)

// release has the arguments that all subcommands share.
type release struct {
	version string
	date    time.Time
}

func main() {
	if err := run(os.Args[1:]); err != nil {
		fmt.Fprintln(os.Stderr, "release:", err)
		os.Exit(1)
	}
}

func run(args []string) error {
	switch {
	case len(args) == 2 && args[0] == "notes":
		return writeNotes(os.Stdout, args[1])
	case len(args) == 3 && args[0] == "stamp":
		r, err := newRelease(args[1], args[2])
		if err != nil {
			return err
		}
		return r.stamp()
	case len(args) >= 4:
		r, err := newRelease(args[2], args[3])
		if err != nil {
			return err
		}
		return r.describe(args[0], args[1], args[4:])
	}
	return usage(args)
}

// describe prints the SBOM of an artifact or the provenance of a folder.
func (r release) describe(what, path string, more []string) error {
	switch {
	case what == "sbom" && len(more) <= 1:
		return r.writeSBOM(os.Stdout, path, more)
	case what == "provenance" && len(more) == 1:
		return r.writeProvenance(os.Stdout, path, more[0], os.Stdin)
	}
	return usage([]string{what, path})
}

func usage(args []string) error {
	return fmt.Errorf("wrong arguments %q; see packaging/release.sh", args)
}

func newRelease(version, seconds string) (release, error) {
	n, err := strconv.ParseInt(seconds, 10, 64)
	if err != nil {
		return release{}, fmt.Errorf("time of the commit: %w", err)
	}
	return release{version, time.Unix(n, 0).UTC()}, nil
}
