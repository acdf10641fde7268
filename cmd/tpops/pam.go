package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tpops/pkg/auth/system"
	"tpops/pkg/config"
	"tpops/pkg/pam"
)

// pamDirectories are where services of PAM have their files.
var pamDirectories = []string{"/etc/pam.d", "/usr/lib/pam.d"}

// openPAM opens the users of a service of PAM. Its process is started the first
// time: once the daemon has shut itself in, it can start none.
func (p *program) openPAM(u *users, c *config.Config) error {
	if err := findService(c.PAM.Service); err != nil {
		return c.Problem("pam-service", err)
	}
	if p.confined && p.pam == nil {
		return c.Problem("auth-type", errors.New("pam needs a restart of the daemon"))
	}
	if p.pam == nil {
		helper, err := startPAM(c.PAM.Calls)
		if err != nil {
			return c.Problem("auth-type", fmt.Errorf("pam: %w", err))
		}
		p.pam = helper
	}
	u.databases = append(u.databases, system.NewPAM(system.PAMOptions{
		Helper: p.pam, Service: c.PAM.Service, Maildir: c.Mailbox.Maildir, Timeout: c.PAM.Timeout,
	}))
	return nil
}

// findService returns an error if a service has no file: PAM would fall back to
// that of the service named other, which mostly refuses everybody.
func findService(name string) error {
	for _, dir := range pamDirectories {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("there is no %s", filepath.Join(pamDirectories[0], name))
}

func startPAM(calls int) (*pam.Helper, error) {
	program, err := findPAM()
	if err != nil {
		return nil, err
	}
	return pam.Start(program, calls)
}

// findPAM returns the path of the program that asks PAM.
func findPAM() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return pam.Find(self)
}

// withPAM says for --version whether PAM can be asked.
func withPAM() string {
	if _, err := findPAM(); err != nil {
		return "without PAM"
	}
	return "with PAM"
}

// closePAM ends the process that asks PAM.
func (p *program) closePAM() {
	if p.pam != nil {
		p.pam.Close()
	}
}

// pamEnded returns a channel that is closed when the process that asks PAM has
// ended, nil if there is none.
func (p *program) pamEnded() <-chan struct{} {
	if p.pam == nil {
		return nil
	}
	return p.pam.Ended()
}
