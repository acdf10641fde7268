package main

import (
	"errors"
	"net/netip"

	"tpops/pkg/backend"
	"tpops/pkg/config"
	"tpops/pkg/logs"
	"tpops/pkg/maildir"
	"tpops/pkg/pop3"
	"tpops/pkg/workers"
)

// thread opens what parallel-type thread needs.
type thread struct {
	*startup
	*resources
	logs *logs.Logs
	env  *backend.Environment
}

// newThread returns the process model of parallel-type thread: this process serves all
// sessions.
func (s *startup) newThread(e workers.Environment, l *logs.Logs, listening []netip.AddrPort, r *resources) workers.Model {
	r.mailboxes = maildir.NewCache(int64(s.config.Mailbox.Cache))
	t := &thread{startup: s, resources: r, logs: l, env: &backend.Environment{
		Implementation: implementation(), Log: l.Logger, PAM: r.pam, Guard: e.Guard, Listening: listening, Background: inBackground,
		Mailboxes: r.mailboxes,
	}}
	return workers.NewThread(workers.Thread{
		Environment: e, Open: t.open, Reload: t.reload,
		OpenMaildir: backend.OpenMaildir(s.config, l.Logger, r.mailboxes), Resume: backend.ResumeMaildir(s.config, l.Logger),
	})
}

// open opens what sessions need, and confines the process.
func (t *thread) open() (*pop3.Backend, error) {
	b, err := t.startup.open(t.logs, t.env, false)
	if err != nil {
		return nil, &workers.ConfigError{Err: err}
	}
	t.certificates, t.hook = b.Certificates, t.env.Hook
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
	t.mailboxes.SetLimit(int64(next.Mailbox.Cache))
	return b.Backend, nil
}
