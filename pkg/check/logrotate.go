package check

import (
	"cmp"
	"fmt"
	"io"
	"os"
	"strings"

	"tpops/pkg/unit"
)

// logrotatePath is the file of the packages with which logrotate rotates the logs.
const logrotatePath = "/etc/logrotate.d/tpops"

// warnLogrotate writes a warning if the file names another user than that of a unit, to
// which the directory of the logs belongs. logrotate.service fails then each day, also if
// there is no log.
func warnLogrotate(w io.Writer, path, name string, ids unit.Identity) {
	text, err := os.ReadFile(path)
	if err != nil {
		return // Without the file logrotate does nothing here.
	}
	owner := cmp.Or(ids.User, "root")
	user, group := rotatingUser(string(text))
	if user == "" || uidOf(user) == uidOf(owner) {
		return
	}
	fmt.Fprintf(w, "tpops: warning: %s names the user %s, but %s runs as the user %s: logrotate would fail; run: sed -i 's/su %s %s/su %s %s/' %s\n",
		path, user, name, owner, user, group, owner, cmp.Or(ids.Group, owner), path)
}

// rotatingUser returns the user and the group of the directive su in a file for
// logrotate; they are empty if it has none.
func rotatingUser(text string) (user, group string) {
	for line := range strings.Lines(text) {
		if words := strings.Fields(line); len(words) == 3 && words[0] == "su" {
			return words[1], words[2]
		}
	}
	return "", ""
}
