package main

import (
	"context"
	"errors"
	"net/netip"
	"sync/atomic"

	"tpops/pkg/backend"
	"tpops/pkg/backend/logincheck"
	"tpops/pkg/config"
	"tpops/pkg/logs"
	"tpops/pkg/maildir"
	"tpops/pkg/operator"
	"tpops/pkg/pop3"
	"tpops/pkg/workers"
)

// thread opens what parallel-type thread needs.
type thread struct {
	*startup
	*resources
	logs    *logs.Logs
	env     *backend.Environment
	checker atomic.Pointer[logincheck.Checker] // with the present backend
}

// newThread returns the process model of parallel-type thread: this process serves all
// sessions.
func (s *startup) newThread(e workers.Environment, l *logs.Logs, listening []netip.AddrPort, r *resources) workers.Model {
	r.mailboxes = maildir.NewCache(int64(s.config.Mailbox.Cache))
	kept := backend.Kept{Mailboxes: r.mailboxes, Watches: &maildir.Watches{}}
	t := &thread{startup: s, resources: r, logs: l, env: &backend.Environment{
		Implementation: implementation(), Log: l.Logger, PAM: r.pam, Guard: e.Guard, Listening: listening, Background: inBackground,
		Kept: kept,
	}}
	return workers.NewThread(workers.Thread{
		Environment: e, Open: t.open, Reload: t.reload, Answer: t.answer,
		OpenMaildir: backend.OpenMaildir(s.config, l.Logger, kept), Resume: backend.ResumeMaildir(s.config, l.Logger, kept.Watches),
	})
}

// open opens what sessions need, and confines the process.
func (t *thread) open() (*pop3.Backend, error) {
	b, err := t.startup.open(t.logs, t.env, false)
	if err != nil {
		return nil, &workers.ConfigError{Err: err}
	}
	t.certificates, t.hook = b.Certificates, t.env.Hook
	t.setChecker(t.config, b)
	rights := backend.Rights(t.config, t.env, t.written()...)
	return b.Backend, errors.Join(t.hook.Start(), rights.Confine(true))
}

// reload opens what later sessions need. After an error nothing has changed.
func (t *thread) reload(next *config.Config) (*pop3.Backend, error) {
	b, err := backend.Open(next, t.env)
	if err != nil {
		return nil, err
	}
	if err := t.logs.Reopen(next); err != nil {
		b.Release()
		return nil, err
	}
	t.certificates = b.Certificates
	t.setChecker(next, b)
	t.mailboxes.SetLimit(int64(next.Mailbox.Cache))
	return b.Backend, nil
}

// setChecker has checks use a backend from now on.
func (t *thread) setChecker(c *config.Config, b *backend.Backend) {
	t.checker.Store(&logincheck.Checker{
		Config: c, Backend: b, Open: logincheck.Opener(c, b.Backend, t.env.Log, t.env.Kept), Listening: t.env.Listening,
	})
}

// answer answers a question of the operator.
func (t *thread) answer(ctx context.Context, question []byte) []byte {
	return t.checker.Load().Answer(ctx, question, operator.MaxReport)
}
