package userdb

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"tpops/pkg/auth/system"
	"tpops/pkg/config"
	"tpops/pkg/pam"
)

// PAM is the helper process that asks PAM. It is started when it is first needed, and
// serves the databases of all later configurations. The zero PAM is ready to use;
// goroutines do not share it.
type PAM struct {
	helper   *pam.Helper
	confined bool
}

// FindPAM returns the path of the program that asks PAM. The error wraps
// pam.ErrWithout if it is not installed.
func FindPAM() (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	return pam.Find(self)
}

// start starts the helper, unless it has been started.
func (p *PAM) start(c *config.Config, program func() (string, error)) error {
	if p.helper != nil {
		return nil
	}
	if p.confined {
		return c.Problem("auth-type", errors.New("pam needs a restart of the daemon"))
	}
	path, err := program()
	if err != nil {
		return c.Problem("auth-type", fmt.Errorf("pam: %w", err))
	}
	if p.helper, err = pam.Start(path, c.PAM.Calls); err != nil {
		return c.Problem("auth-type", fmt.Errorf("pam: %w", err))
	}
	return nil
}

// Confine notes that this process can start no other program from now on.
func (p *PAM) Confine() { p.confined = true }

// Close ends the helper, if it was started.
func (p *PAM) Close() {
	if p.helper != nil {
		p.helper.Close()
	}
}

// Ended returns a channel that is closed when the helper has ended, nil if it was not
// started.
func (p *PAM) Ended() <-chan struct{} {
	if p.helper == nil {
		return nil
	}
	return p.helper.Ended()
}

// pamDirectories are where services of PAM have their files.
var pamDirectories = [...]string{"/etc/pam.d", "/usr/lib/pam.d"}

// openPAM opens the users of a service of PAM.
func (d *Databases) openPAM(c *config.Config, env *Environment) error {
	if err := findService(pamDirectories[:], c.PAM.Service); err != nil {
		return c.Problem("pam-service", err)
	}
	if err := env.PAM.start(c, FindPAM); err != nil {
		return err
	}
	d.All = append(d.All, system.NewPAM(system.PAMOptions{
		Helper: env.PAM.helper, Service: c.PAM.Service, Maildir: c.Mailbox.Maildir, Timeout: c.PAM.Timeout,
	}))
	return nil
}

// findService returns an error if a service has no file: PAM would use the service
// named other, which usually rejects all users.
func findService(directories []string, name string) error {
	for _, dir := range directories {
		if _, err := os.Stat(filepath.Join(dir, name)); err == nil {
			return nil
		}
	}
	return fmt.Errorf("there is no %s", filepath.Join(directories[0], name))
}
