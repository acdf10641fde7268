package main

import (
	"context"
	"os"

	"tpops/pkg/backend"
	"tpops/pkg/backend/logincheck"
	"tpops/pkg/backend/loginhook"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/certs"
	"tpops/pkg/exit"
	"tpops/pkg/identity"
	"tpops/pkg/logs"
	"tpops/pkg/pop3"
	"tpops/pkg/usage"
	"tpops/pkg/workers"
	"tpops/pkg/workers/process"
	"tpops/pkg/workers/rights"
)

// child opens what a child process of prefork and fork needs.
type child struct {
	*workers.Child
	logs         *logs.Logs
	env          *backend.Environment
	certificates *certs.Store // nil without TLS
	checker      *logincheck.Checker
}

// serveAsChild does what the parent has started this process for and returns the exit
// code.
func serveAsChild() int {
	// The kernel takes the name from how the program was executed.
	_ = os.WriteFile("/proc/self/comm", []byte("tpops"), 0) // The name is only for people.
	inherited, err := workers.Inherit()
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	signals := catchSignals()
	l, err := logs.Open(inherited.Config)
	if err != nil {
		return exit.Fail(exit.System, err)
	}
	defer l.Close()
	if inherited.Metrics != nil {
		l.SetMeter(inherited.Metrics)
	}
	c := &child{Child: inherited, logs: l, env: &backend.Environment{
		Implementation: implementation(), Log: l.Logger, PAM: &userdb.PAM{}, Guard: inherited.Guard, Listening: inherited.Listening,
		OneOfMany: !inherited.Probe, Child: true, LastCertificates: inherited.Certificates, Users: userdb.Shared{Rows: inherited.Users, Before: inherited.UsersBefore},
	}}
	if c.env.Hook, err = loginhook.Attach(inherited.Hook, l.Logger); err != nil {
		return exit.Fail(exit.System, err)
	}
	err = inherited.Serve(workers.ChildProgram{
		Log: l.Logger, Ended: recorded(l, c.reportUse), Open: c.open, Signals: signals, PAMEnded: c.env.PAM.Ended,
		Rights: c.rights, Answer: c.answer,
		ReopenLogs:         func() error { return l.Reopen(inherited.Config) },
		LookAtCertificates: func() { c.certificates.Look() },
	})
	if err != nil {
		return exit.Config
	}
	return 0
}

// reportUse has the parent record the use of a session that has ended.
func (c *child) reportUse(s *pop3.Summary) {
	if c.Config.Log.Usage == "" {
		return
	}
	if text, ok := usage.Encode(s); ok {
		c.ReportUse(text)
	}
}

// rights returns the rights that the child keeps. The probe has tested whether the kernel
// enforces that.
func (c *child) rights() *rights.Rights {
	r := backend.Rights(c.Config, c.env)
	r.Tested = !c.Probe
	return r
}

// open takes the ids of user and group and opens what the sessions of a child need. Of
// the children only the probe tests whether the databases answer.
func (c *child) open() (*pop3.Backend, error) {
	if _, err := identity.Become(c.Config); err != nil {
		return nil, err
	}
	if err := c.logs.Reopen(c.Config); err != nil {
		return nil, err
	}
	if c.Probe {
		// Whether the helper can be started depends on these ids.
		if _, err := loginhook.New(c.Config, c.logs.Logger); err != nil {
			return nil, err
		}
		c.env.Background = c.Go
	}
	c.env.Verifier = backend.NewVerifier(&scramstate.State{Salts: c.Salts, Seen: c.Seen}, c.Guard)
	b, err := backend.Open(c.Config, c.env)
	if err != nil {
		return nil, err
	}
	c.certificates = b.Certificates
	c.CloseUsers() // The rows are mapped now.
	if c.Question != nil {
		b.Backend.Open = logincheck.Opener(c.Config, b.Backend, c.logs.Logger, backend.Kept{})
		c.checker = &logincheck.Checker{Config: c.Config, Backend: b, Listening: c.Listening}
	}
	return b.Backend, nil
}

// answer answers a question of the operator. The mailbox is opened with the rights of
// a session.
func (c *child) answer(question []byte) []byte {
	c.checker.Open = c.checker.Backend.Open
	return c.checker.Answer(context.Background(), question, process.MaxText)
}
