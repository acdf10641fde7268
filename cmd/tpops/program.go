package main

import (
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"strings"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/auth/passwdfile"
	"tpops/pkg/certs"
	"tpops/pkg/config"
	"tpops/pkg/eventlog"
	"tpops/pkg/guard"
	"tpops/pkg/hook"
	"tpops/pkg/maildir"
	"tpops/pkg/osuser"
	"tpops/pkg/pam"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/sd"
	"tpops/pkg/watchdog"
	"tpops/pkg/workers"
	"tpops/pkg/workers/rights"
)

// program is what this process has opened, for the parameters that hold.
type program struct {
	source   config.Source
	config   *config.Config
	verifier *password.Verifier
	seen     *os.File             // of the Verifier's KeepSeen; nil: this process remembers for itself
	problems []passwdfile.Problem // of the users that were opened last
	pam      *pam.Helper          // nil unless auth-type has pam
	journal  string               // socket of the journal, if standard error is the journal
	log      *eventlog.Log
	logger   *slog.Logger
	hook     *hook.Helper  // nil without login-hook
	guard    *guard.Memory // nil where one process serves one connection

	mailboxes *maildir.Cache // nil unless this process serves all sessions

	child    *workers.Child // nil unless the parent of prefork or fork has started this process
	single   bool           // this process is for one connection, and not a child
	checking bool           // only the configuration is checked
	confined bool           // the process can start no other program

	listening    []netip.AddrPort // the addresses at which clients arrive over IP
	certificates *certs.Store     // of later sessions, nil without TLS

	notifier *sd.Notifier // nil without systemd
	sockets  []sd.Socket  // what systemd passed
	signals  chan os.Signal
}

// rights returns the rights that this process gives up.
func (p *program) rights() *rights.Rights {
	paths := rights.Paths{
		Credentials: os.Getenv("CREDENTIALS_DIRECTORY"),
		Sockets:     mysql.Sockets(strings.Join(p.config.MySQL.Server, ",")),
	}
	if p.child == nil {
		directory, _ := watchdog.Directory(os.Getenv)
		paths.Write = []string{p.config.Run.PIDFile, directory}
	}
	return &rights.Rights{
		Policy: rights.Policy(p.config, paths), Log: p.logger, Finish: p.finishLogins, ClosePAM: p.closePAM, Shadow: shadowFile,
	}
}

// finishLogins closes what is used only until a user has logged in.
func (p *program) finishLogins() {
	p.hook.Finish()
	if p.guard != nil {
		p.guard.Detach()
	}
}

// serveAsChild does what the parent has started this process for and returns the
// exit code.
func (p *program) serveAsChild() int {
	// The kernel takes the name from how the program was executed.
	_ = os.WriteFile("/proc/self/comm", []byte("tpops"), 0) // The name is for people only.
	child, err := workers.Inherit()
	if err != nil {
		return fail(exitSystem, err)
	}
	p.catchSignals()
	p.child, p.config, p.listening, p.guard, p.seen = child, child.Config, child.Listening, child.Guard, child.Seen
	if child.Hook != nil {
		if p.hook, err = hook.Attach(child.Hook, p.hookFailed); err != nil {
			return fail(exitSystem, err)
		}
	}
	if err := p.openLog(); err != nil {
		return fail(exitSystem, err)
	}
	defer p.closeLog()
	err = child.Serve(workers.ChildProgram{
		Log: p.logger, Ended: p.log.Access, Open: p.openChild, Rights: p.rights, Signals: p.signals, PAMEnded: p.pamEnded,
		ReopenLogs:         func() error { return p.log.Reopen(p.logConfig(p.config)) },
		LookAtCertificates: func() { p.certificates.Look() },
	})
	if err != nil {
		return exitConfig
	}
	return 0
}

// openChild takes the ids of user and group and opens what the sessions of a child
// need.
func (p *program) openChild() (*pop3.Backend, error) {
	owner, err := idsOf(p.config)
	if err != nil {
		return nil, err
	}
	if err := osuser.Become(owner); err != nil {
		return nil, err
	}
	if err := p.log.Reopen(p.logConfig(p.config)); err != nil {
		return nil, err
	}
	if p.child.Probe {
		// Whether the helper can be started depends on these ids.
		if _, err := p.newHook(); err != nil {
			return nil, err
		}
	}
	return p.newBackend(p.config)
}

// readAs reads the configuration as the user that the process has become: a reload
// has to.
func (p *program) readAs(owner *osuser.Owner) error {
	if _, err := config.Load(p.source); err != nil {
		return fmt.Errorf("as user %d: %w", owner.UID, err)
	}
	return nil
}
