package setup

import (
	"fmt"
	"strings"
)

// planRotation has logrotate act as the user of the service, which owns the logs.
func (p *Plan) planRotation(user string) {
	if text, err := p.machine.read(logrotatePath); err == nil && text != "" && p.machine.IsSystemd {
		p.file(logrotatePath, rotatedBy(text, user), modePublic)
	}
}

// rotatedBy returns a file for logrotate in which the directive su names a user and its
// group. That of root stays: an operator has chosen it, and root may rotate all logs.
func rotatedBy(text, user string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "su" && words[1] != "root" {
			indent, _, _ := strings.Cut(line, "su")
			line = fmt.Sprintf("%ssu %s %s\n", indent, user, user)
		}
		b.WriteString(line)
	}
	return b.String()
}
