package main

import (
	"errors"
	"fmt"
	"net"
	"strings"
	"time"

	"tpops/pkg/certs"
	"tpops/pkg/proxy"
)

// replyTimeout is how long a server may take for a reply.
const replyTimeout = time.Minute

// dialer returns the client for a POP3 server that an option names.
func dialer(o proxy.Options, option string) (*proxy.Proxy, error) {
	if o.CAFile != "" {
		if damage, err := certs.Damaged(o.CAFile); err == nil && damage != nil {
			return nil, &failure{code: exitUsage, err: fmt.Errorf("--tls-ca: %s: %w", o.CAFile, damage)}
		}
	}
	o.Timeout, o.Client = replyTimeout, proxy.ClientNone
	p, err := proxy.New(o)
	if err != nil {
		text := strings.ReplaceAll(err.Error(), "pop-server: ", option+": ")
		return nil, &failure{code: exitUsage, err: errors.New(strings.ReplaceAll(text, "pop-server-tls-ca: ", "--tls-ca: "))}
	}
	return p, nil
}

// tlsMode returns how a server is reached: as the value of an option says, else with
// TLS. ca has the certificates to trust.
func tlsMode(option, value, server, ca string) (string, error) {
	switch value {
	case "":
		if _, port, err := net.SplitHostPort(server); err == nil && port == "995" {
			return proxy.TLSImplicit, nil
		}
		return proxy.TLSSTLS, nil
	case proxy.TLSNo:
		if ca != "" {
			return "", fmt.Errorf("--tls-ca has no effect with %s no", option)
		}
		return proxy.TLSNo, nil
	case proxy.TLSSTLS, proxy.TLSImplicit:
		return value, nil
	}
	return "", fmt.Errorf("%s %s: must be no, stls or implicit", option, value)
}
