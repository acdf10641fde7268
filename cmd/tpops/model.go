package main

import (
	"net/netip"

	"tpops/pkg/backend/userdb"
	"tpops/pkg/certs"
	"tpops/pkg/hook"
	"tpops/pkg/logs"
	"tpops/pkg/maildir"
	"tpops/pkg/workers"
)

// resources are what a process model opens for the daemon. They are complete after
// Model.Open.
type resources struct {
	certificates *certs.Store // for later sessions, nil without TLS
	hook         *hook.Helper // nil without login-hook
	pam          *userdb.PAM
	mailboxes    *maildir.Cache // nil unless this process serves all sessions
}

// newModel returns the process model that parallel-type selects, and its resources.
func (s *startup) newModel(e workers.Environment, l *logs.Logs, listening []netip.AddrPort) (workers.Model, *resources) {
	r := &resources{pam: &userdb.PAM{}}
	switch s.config.Processes.ParallelType {
	case "fork":
		return workers.NewFork(s.newParent(e, l, listening, r)), r
	case "prefork":
		return workers.NewPrefork(s.newParent(e, l, listening, r)), r
	}
	return s.newThread(e, l, listening, r), r
}
