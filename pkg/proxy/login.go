package proxy

import (
	"fmt"
	"log/slog"
	"strings"

	"tpops/pkg/pop3"
)

// features are the capabilities of a backend (CAPA, RFC 2449).
type features struct {
	known      bool // the backend supports CAPA
	pipelining bool
	top        bool
	uidl       bool
	authCode   bool // AUTH-RESP-CODE, RFC 3206 §6
}

// maxFeatures is the maximum number of lines in the reply to CAPA.
const maxFeatures = 100

// features reads the capabilities. A backend without CAPA gets one command at a time.
func (c *conn) features() (features, error) {
	a, err := c.ask("CAPA")
	if err != nil {
		return features{}, err
	}
	if !a.ok {
		return features{}, c.noFeatures(a.text)
	}
	f := features{known: true}
	err = c.readLines(maxFeatures, func(line []byte) bool {
		tag, _, _ := strings.Cut(strings.ToUpper(string(line)), " ")
		switch tag {
		case "PIPELINING":
			f.pipelining = true
		case "TOP":
			f.top = true
		case "UIDL":
			f.uidl = true
		case "AUTH-RESP-CODE":
			f.authCode = true
		}
		return true
	})
	return f, err
}

// noFeatures returns nil for a backend without CAPA. A temporary problem is an error: for a
// backend without capabilities, a text without a code would mean a wrong password.
func (c *conn) noFeatures(text string) error {
	if lacks, sure := lackIn(text); sure && !lacks {
		return c.failed("CAPA", text)
	}
	return nil
}

// enter logs in, and returns the mailbox with its listing.
func (c *conn) enter(name string, client *pop3.Client, forward string) (*mailbox, error) {
	f, err := c.features()
	if err != nil {
		return nil, fmt.Errorf("CAPA: %w", err)
	}
	if forward == ClientXCLIENT && c.offers {
		if err := c.sendXCLIENT(client); err != nil {
			return nil, err
		}
	}
	c.user = name
	if err := c.login("USER", name, f.authCode); err != nil {
		return nil, err
	}
	if err := c.login("PASS", client.Password, f.authCode); err != nil {
		return nil, err
	}
	listing, err := c.list(f)
	if err != nil {
		return nil, fmt.Errorf("read the listing: %w", err)
	}
	return &mailbox{conn: c, features: f, listing: listing}, nil
}

// sendXCLIENT sends XCLIENT.
func (c *conn) sendXCLIENT(client *pop3.Client) error {
	a, err := c.ask(xclient(client))
	if err != nil {
		return fmt.Errorf("XCLIENT: %w", err)
	}
	if !a.ok {
		return fmt.Errorf("XCLIENT: -ERR %s", c.show([]byte(a.text)))
	}
	return nil
}

// login sends USER or PASS (RFC 1939 §7).
func (c *conn) login(command, arg string, promised bool) error {
	a, err := c.ask(command + " " + arg)
	if err != nil {
		return fmt.Errorf("%s: %w", command, err)
	}
	if !a.ok {
		return c.loginRefusal(command, a.text, promised)
	}
	return nil
}

// warnNoXCLIENT logs that a backend does not get the client's address.
func (p *Proxy) warnNoXCLIENT(c *conn, client *pop3.Client) {
	if p.options.Client == ClientXCLIENT && !c.offers {
		p.options.Log.Warn("client address not forwarded", slog.String("session", client.Session),
			slog.String("server", c.server.String()))
	}
}
