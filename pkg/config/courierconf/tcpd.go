package courierconf

import (
	"strings"

	"tpops/pkg/config/draft"
)

// accessReason is why options that reject clients hold the new file back.
const accessReason = "this decides which clients may connect; use a firewall"

// tcpdOptions are the options of couriertcpd(1) that the converter knows.
var tcpdOptions = map[string]fate{
	"access":           {draft.Needed, accessReason},
	"accesslocal":      {draft.Needed, accessReason},
	"drop":             {draft.Needed, accessReason},
	"address":          {draft.ToDo, "set the address in port and tls-port"},
	"haproxy":          {draft.ToDo, "set proxy-protocol-from"},
	"maxperc":          {draft.ToDo, "TPOPS counts the connections of an address, not of a network; set max-per-address"},
	"maxperip":         {draft.ToDo, "set max-per-address"},
	"maxprocs":         {draft.ToDo, "set max-servers"},
	"denymsg":          {}, // only with -access
	"group":            {}, // The units select user and group.
	"listen":           {},
	"nodnslookup":      {},
	"noidentlookup":    {},
	"pid":              {},
	"stderr":           {},
	"stderrlogger":     {},
	"stderrloggername": {},
	"user":             {},
	"warn":             {},
}

// tcpd reports the options of couriertcpd.
func (c *converter) tcpd(s setting) {
	harmless := true
	for word := range strings.FieldsSeq(s.value) {
		word, isOption := strings.CutPrefix(word, "-")
		if !isOption {
			continue // the value of the option before it
		}
		name, _, _ := strings.Cut(strings.TrimLeft(word, "-"), "=")
		f, ok := tcpdOptions[name]
		if !ok {
			f = fate{draft.ToDo, "TPOPS has no such option of couriertcpd; check whether it rejects clients"}
		}
		if f.reason != "" {
			c.d.Lost(s.at, s.name+" -"+name, f.kind, "%s", f.reason)
			harmless = false
		}
	}
	if harmless {
		c.d.Lost(s.at, s.name, draft.Done, "TPOPS has no options of couriertcpd")
	}
}
