package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"time"

	"tpops/pkg/migrate"
	"tpops/pkg/proxy"
	"tpops/pkg/uidlist"
)

// source returns the server that --from names.
func (o *importOptions) source() (migrate.Source, error) {
	switch o.from {
	case "dovecot":
		return o.dovecot()
	case "courier":
		return migrate.Courier{}, nil
	case "qmail":
		return migrate.Qmail(), nil
	case "tpop3d", "solid-pop3d":
		return migrate.NameMD5(), nil
	case "teapop":
		return migrate.Teapop(!o.content), nil
	case "tpops08":
		return migrate.TPOPS08(), nil
	case "pop3":
		return o.capture()
	case "":
		return nil, &failure{code: exitUsage, err: errors.New("--from SERVER is missing")}
	}
	return nil, &failure{code: exitUsage, err: fmt.Errorf("--from %s: unknown server, see tpopsctl import --help", o.from)}
}

// dovecot returns a Dovecot with the settings of doveconf and of the options, which
// take precedence.
func (o *importOptions) dovecot() (migrate.Source, error) {
	settings, err := o.dovecotSettings()
	if err != nil {
		return nil, err
	}
	if o.format != "" {
		settings.Format = o.format
	}
	d := migrate.Dovecot{ReuseXUIDL: settings.ReuseXUIDL, DeletedFlag: settings.DeletedFlag, ControlDir: o.controlDir}
	if o.controlDir != "" && !filepath.IsAbs(o.controlDir) {
		return nil, &failure{code: exitUsage, err: fmt.Errorf("--control-dir %s: must be an absolute path", o.controlDir)}
	}
	if settings.Format != "" {
		if d.Format, err = uidlist.ParseFormat(settings.Format); err != nil {
			return nil, &failure{code: exitData, err: err}
		}
	}
	return d, nil
}

// dovecotSettings reads the output of doveconf. Lists in the Maildirs are stale if it has
// them elsewhere.
func (o *importOptions) dovecotSettings() (settings migrate.DovecotSettings, err error) {
	if o.doveconf == "" {
		return settings, nil
	}
	file, err := os.Open(o.doveconf)
	if err != nil {
		return settings, &failure{code: exitNoInput, err: err}
	}
	defer file.Close()
	if settings, err = migrate.ReadDoveconf(file); err == nil && settings.Control != "" && o.controlDir == "" {
		err = fmt.Errorf("dovecot-uidlist is in %s, not in the Maildirs: add --control-dir", settings.Control)
	}
	if err != nil {
		return settings, &failure{code: exitData, err: fmt.Errorf("%s: %w", o.doveconf, err)}
	}
	return settings, nil
}

// captureTimeout is how long a server may take for a reply.
const captureTimeout = time.Minute

// capture returns a running server.
func (o *importOptions) capture() (migrate.Source, error) {
	if o.server == "" || o.accounts == "" {
		return nil, &failure{code: exitUsage, err: errors.New("--from pop3 needs --server HOST:PORT and --accounts FILE")}
	}
	mode, err := o.tlsMode()
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	p, err := proxy.New(proxy.Options{
		Servers: []string{o.server}, TLS: mode, CAFile: o.tlsCA, Timeout: captureTimeout, Client: proxy.ClientNone,
	})
	if err != nil {
		return nil, &failure{code: exitUsage, err: errors.New(strings.ReplaceAll(err.Error(), "pop-server: ", "--server: "))}
	}
	return migrate.Capture{Open: p.Open, Force: o.force}, nil
}

// tlsMode returns how the server is reached.
func (o *importOptions) tlsMode() (string, error) {
	switch o.tls {
	case "":
		if _, port, err := net.SplitHostPort(o.server); err == nil && port == "995" {
			return proxy.TLSImplicit, nil
		}
		return proxy.TLSSTLS, nil
	case proxy.TLSNo:
		if o.tlsCA != "" {
			return "", errors.New("--tls-ca has no effect with --tls no")
		}
		return proxy.TLSNo, nil
	case proxy.TLSSTLS, proxy.TLSImplicit:
		return o.tls, nil
	}
	return "", fmt.Errorf("--tls %s: must be no, stls or implicit", o.tls)
}
