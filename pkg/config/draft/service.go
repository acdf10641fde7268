package draft

import (
	"fmt"

	"tpops/pkg/config"
)

// service are the parameters that the units of the packages replace, with what has the
// setting instead, and what the report asks the operator to do if it is not usual.
var service = map[string]struct{ reason, usual, otherwise string }{
	"port":     {"tpops.socket opens the port", "110", "with the packages, write it as ListenStream= to a drop-in of tpops.socket"},
	"tls-port": {"tpops-tls.socket opens the port", "995", "with the packages, write it as ListenStream= to a drop-in of tpops-tls.socket"},
	"user":     {"User= of tpops.service selects the user", "", "with the packages, set User= in a drop-in of tpops.service as in vmail.conf"},
	"group":    {"Group= of tpops.service selects the group", "", "with the packages, set Group= in a drop-in of tpops.service as in vmail.conf"},
}

// Lines returns the lines of a parameter in the new file. Parameters that the units
// replace are comments, so that the packages can use the file as it is; the assignment is
// the last line in any case.
func Lines(p config.Param, text string) []string {
	assigned := Assignment(p, text)
	s, ok := service[p.Name]
	if !ok {
		return []string{assigned}
	}
	return []string{fmt.Sprintf("# With the packages %s. Without systemd remove the # before the next line.", s.reason), "# " + assigned}
}

// ServiceRemark returns what the report adds about a parameter that the units replace,
// or "", and whether the operator has something to do.
func ServiceRemark(name, text string) (Kind, string) {
	s, ok := service[name]
	switch {
	case !ok:
		return Done, ""
	case text == s.usual:
		return Done, ", as a comment: with the packages " + s.reason
	}
	return ToDo, ", as a comment; " + s.otherwise
}
