package setup

import (
	"context"
	"slices"
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

// opened returns the sockets that are closed before Start.
func (p *Plan) opened() []string {
	return slices.DeleteFunc(p.Sockets(), func(unit string) bool {
		return unit == tlsSocket && p.machine.ActiveTLS || unit != tlsSocket && p.machine.Active
	})
}
