package config

import (
	"fmt"
	"slices"
	"strings"
)

// saslNames are the mechanisms, in the order in which they are announced.
var saslNames = []string{"PLAIN", "LOGIN", "CRAM-MD5", "EXTERNAL", "XOAUTH2", "OAUTHBEARER",
	"SCRAM-SHA-256", "SCRAM-SHA-1", "SCRAM-SHA-256-PLUS", "SCRAM-SHA-1-PLUS"}

// mechanisms is a list of names from saslNames, or none.
func mechanisms(p *[]string) value {
	return field(kindNames, p, func(s string) ([]string, error) {
		if s == none {
			return []string{none}, nil
		}
		var list []string
		for name := range strings.SplitSeq(s, ",") {
			name = strings.ToUpper(strings.TrimSpace(name))
			switch {
			case !slices.Contains(saslNames, name):
				return nil, fmt.Errorf("must be none, or mechanisms separated by commas (%s), not %s", strings.Join(saslNames, ", "), show(name))
			case slices.Contains(list, name):
				return nil, fmt.Errorf("contains %s twice", name)
			}
			list = append(list, name)
		}
		return list, nil
	}, func(list []string) string { return strings.Join(list, ",") })
}
