package main

import "tpops/pkg/maildir"

// healthReport is a mailbox for --json.
type healthReport struct {
	Maildir  string        `json:"maildir"`
	User     string        `json:"user,omitempty"`
	Error    string        `json:"error,omitempty"`
	Messages int           `json:"messages"` // -1 if they cannot be listed
	Faults   int           `json:"faults"`   // that were not repaired
	Notes    int           `json:"notes"`
	Findings []faultReport `json:"findings"`
}

// faultReport is a kind of fault for --json.
type faultReport struct {
	Fault    string            `json:"fault"`
	Note     bool              `json:"note"`
	Fixable  bool              `json:"fixable"`
	Count    int               `json:"count"`
	Repaired int               `json:"repaired"`
	Failed   string            `json:"failed,omitempty"`
	Effect   string            `json:"effect"`
	Do       string            `json:"do"`
	Examples []maildir.Example `json:"examples"`
}

// newHealthReport returns what was found in a mailbox.
func newHealthReport(e examined) *healthReport {
	r := &healthReport{Maildir: e.job.Maildir, User: e.job.Login, Messages: -1, Findings: []faultReport{}}
	if e.err != nil {
		r.Error = e.err.Error()
		return r
	}
	r.Messages = e.health.Messages
	r.Faults, r.Notes = e.health.Faults()
	for _, found := range e.health.Findings {
		failed := ""
		if found.Failed != nil {
			failed = found.Failed.Error()
		}
		r.Findings = append(r.Findings, faultReport{
			Fault: found.Fault.Name, Note: found.Fault.Note, Fixable: found.Fault.Fixed, Count: found.Count, Repaired: found.Repaired,
			Failed: failed, Effect: found.Fault.Effect, Do: found.Fault.Do, Examples: found.Examples,
		})
	}
	return r
}
