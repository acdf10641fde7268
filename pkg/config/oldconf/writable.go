package oldconf

import (
	"path"
	"strings"

	"tpops/pkg/config"
)

// written are the parameters that name a file which the daemon writes.
var written = map[string]bool{"access-log": true, "error-log": true, "pid-file": true}

// unwritable returns what the operator has to do for a file that the service of the packages
// cannot write, or "". With inetd, another program starts the daemon and selects its user.
func (c *converter) unwritable(p config.Param, value string) string {
	if !written[p.Name] || value == p.Default || c.effective("inetd") == "yes" {
		return ""
	}
	name := path.Clean(value)
	if rest, ok := strings.CutPrefix(name, "/var/run/"); ok { // a symbolic link to /run
		name = "/run/" + rest
	}
	for _, folder := range []string{"/var/log/tpops/", "/run/tpops/"} {
		if strings.HasPrefix(name, folder) {
			return ""
		}
	}
	return "the service must be able to write it: set a path below /var/log/tpops or /run/tpops, or give its folder to the user of the service and add the folder to ReadWritePaths= in a drop-in of tpops.service"
}
