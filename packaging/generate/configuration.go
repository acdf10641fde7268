package main

import (
	"bytes"
	"fmt"
	"io"

	"tpops/pkg/config"
)

// packaged are the parameters that the packages set, and why. They are
// written even where the value is the default today, so that an upgrade that
// changes a default does not change a running server.
var packaged = []struct{ name, value, reason string }{
	{"parallel-type", `"thread"`, `Set by the package: thread serves thousands of sessions in one process, and
# they continue after a restart. fork separates users most strictly: each session
# has a process, which becomes the mailbox's owner for good, and a crash ends that
# session only. prefork starts its processes in advance, and a crash ends one
# session too. Each process uses about 10 MB: lower max-servers for these two.`},
	{"mail-roots", `"/home,/var/mail,/var/vmail"`, "Set by the package, as in tpops.service: add other directories of mail to both."},
	{"usage-file", `"/var/lib/tpops/usage"`, "Set by the package, so that tpopsctl usage can list the users of old clients.\n# Without it nothing is recorded about users."},
	{"max-servers", "1000", "Set by the package: a session that waits needs a few kilobytes."},
}

// writeConfig writes the sample file and enables the parameters in packaged.
func writeConfig(w io.Writer, _ []config.Param) error {
	var b bytes.Buffer
	if err := config.WriteSample(&b); err != nil {
		return err
	}
	text := b.Bytes()
	for _, p := range packaged {
		start := []byte("\n#" + p.name + " = ")
		if bytes.Count(text, start) != 1 {
			return fmt.Errorf("the sample file has no single line for %s", p.name)
		}
		before, rest, _ := bytes.Cut(text, start)
		_, after, _ := bytes.Cut(rest, []byte("\n"))
		text = fmt.Appendf(nil, "%s\n#\n# %s\n%s = %s\n%s", before, p.reason, p.name, p.value, after)
	}
	_, err := w.Write(text)
	return err
}
