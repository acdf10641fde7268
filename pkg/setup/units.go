package setup

import (
	"context"
	"slices"
	"strings"
)

// tlsSocket is the unit that has the port for TLS.
const tlsSocket = "tpops-tls.socket"

// planUnits plans the drop-ins, and what makes systemd use them.
func (p *Plan) planUnits(ctx context.Context) {
	c := p.choice
	before := len(p.Steps)
	p.file(servicePath, serviceDropIn(c, p.machine.owner(c.MailRoot), lookup(ctx)), modePublic)
	p.file(socketPath, socketDropIn(c.Port, pop3Port), modePublic)
	p.file(tlsSocketPath, socketDropIn(c.TLSPort, pop3sPort), modePublic)
	if c.Cert != "" && p.machine.exists("/etc/letsencrypt/renewal-hooks") {
		p.file(renewalPath, renewal, modeProgram)
	} else if c.Cert != "" {
		p.Notes = append(p.Notes, "after each renewal of the certificate run: systemctl try-restart tpops.service")
	}
	if len(p.Steps) > before {
		p.run("have systemd read the drop-ins", "", "systemctl", "daemon-reload")
	}
}

// HasTLS reports whether clients can use TLS.
func (p *Plan) HasTLS() bool { return p.machine.HasTLS(p.choice) }

// Sockets returns the units that have the ports.
func (p *Plan) Sockets() []string {
	if p.HasTLS() {
		return []string{"tpops.socket", tlsSocket}
	}
	return []string{"tpops.socket"}
}

// StartCommands returns the commands of Start: they enable the sockets, and start the
// service or have it use the new configuration.
func (p *Plan) StartCommands() [][]string {
	all := [][]string{append([]string{"systemctl", "enable", "--now"}, p.Sockets()...)}
	if p.choice.NoTLS {
		all = append(all, []string{"systemctl", "disable", "--now", tlsSocket})
	}
	verb := "start"
	if p.hasNewPort() { // A socket begins to listen at another port after a restart only.
		all = append(all, append([]string{"systemctl", "restart"}, p.Sockets()...))
	} else if p.hasNewSettings() {
		verb = "restart"
	}
	return append(all, []string{"systemctl", verb, "tpops.service"})
}

// Start runs the StartCommands. An error is that of the first one that fails.
func (p *Plan) Start(ctx context.Context, run Runner) error {
	if opened := p.opened(); len(opened) > 0 { // Also if it fails half-way.
		p.undo = append([]string{"systemctl disable --now " + strings.Join(opened, " ")}, p.undo...)
	}
	p.closed = p.closes()
	for _, command := range p.StartCommands() {
		if err := run(ctx, command, ""); err != nil {
			return err
		}
	}
	return nil
}

// ChangesPorts reports whether Start opens or closes a port.
func (p *Plan) ChangesPorts() bool { return len(p.opened()) > 0 || p.closes() }

// closes reports whether Start closes the port for TLS.
func (p *Plan) closes() bool { return p.choice.NoTLS && p.machine.ActiveTLS }

// opened returns the sockets that are closed before Start.
func (p *Plan) opened() []string {
	return slices.DeleteFunc(p.Sockets(), func(unit string) bool {
		return unit == tlsSocket && p.machine.ActiveTLS || unit != tlsSocket && p.machine.Active
	})
}
