// Package logincheck goes through a login step by step for the operator, and through what
// the service needs to serve: tpopsctl check.
//
// It runs in a process that serves sessions, with its ids, its sandbox and its
// connections. It counts nothing in the guard, and deletes nothing.
package logincheck

import (
	"context"
	"net/netip"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/pop3"
)

// Question is what to check. It is plain data.
type Question struct {
	User     string     `json:"user,omitempty"`     // login name; "": check the service
	Address  netip.Addr `json:"address,omitzero"`   // of the client, if known
	Password *string    `json:"password,omitempty"` // to try; nil: none. A secret.
}

// The values of Step.Status.
const (
	statusOK      = "ok"
	statusWarning = "warning"
	StatusFailed  = "failed"
)

// Step is one line of the report. Its text may have parts of rows and file names.
type Step struct {
	Name   string `json:"step"`
	Status string `json:"status"`
	Text   string `json:"text"`
}

// The values of Report.Result.
const (
	ResultWorks     = "works"
	resultRefused   = "refused"
	resultUndecided = "undecided" // it depends on the password
)

// Report is the result.
type Report struct {
	Steps    []Step `json:"steps"`
	Result   string `json:"result"`
	Code     string `json:"code"`     // response code of the refusal, such as AUTH
	Path     string `json:"path"`     // of the Maildir, "" if it is not known
	Sentence string `json:"sentence"` // the result, and what to change
}

// Checker checks logins with the backend of a process. Goroutines may share it if Open
// allows that.
type Checker struct {
	Config  *config.Config
	Backend *backend.Backend
	// Open opens a mailbox without a wait for its lock.
	Open      pop3.Opener
	Listening []netip.AddrPort // the addresses at which clients arrive over IP
}

// Run answers the question. It takes as long as the databases take, or until ctx ends.
func (c *Checker) Run(ctx context.Context, q *Question) *Report {
	r := &run{Checker: c, ctx: ctx, question: q, report: &Report{Steps: []Step{}}}
	if q.User == "" {
		r.service()
	} else {
		r.login()
	}
	return r.report
}

// run is one check.
type run struct {
	*Checker
	ctx      context.Context
	question *Question
	report   *Report
	name     string // the login name with the domain
	account  *pop3.Account
	inClear  bool // a password may be sent without TLS

	transportCaveat, caveat string // of a login that works
}

// maxText bounds the text of a step, in octets.
const maxText = 300

// step adds a step to the report.
func (r *run) step(name, status, text string) {
	r.report.Steps = append(r.report.Steps, Step{name, status, bounded(text, maxText)})
}
