package main

import (
	"bytes"
	"fmt"
	"os"

	"tpops/pkg/config"
)

// keepUsage adds usage-file to a new configuration if the first of the old files that
// exists sets it. The packages set it, and no other server has it. If it were missing,
// tpopsctl usage would show nothing new.
func keepUsage(toml []byte, old []string, s streams) []byte {
	for _, name := range old {
		if info, err := os.Stat(name); err != nil || !info.Mode().IsRegular() {
			continue
		}
		host, _ := os.Hostname()
		c, err := config.Load(config.Source{Args: []string{"--config=" + name}, Hostname: host})
		if err != nil {
			fmt.Fprintf(s.err, "%s: usage-file is not kept: %v\n", name, err)
			return toml
		}
		if c.Log.Usage == "" {
			return toml
		}
		line := fmt.Sprintf("usage-file = %q\n", c.Log.Usage)
		fmt.Fprintf(s.err, "%s: kept %s", name, line)
		// The first line is a comment. A table may begin later.
		first, rest, _ := bytes.Cut(toml, []byte("\n"))
		return fmt.Appendf(nil, "%s\n%s%s", first, line, rest)
	}
	return toml
}
