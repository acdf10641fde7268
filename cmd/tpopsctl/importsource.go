package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

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
func (o *importOptions) dovecot() (d migrate.Dovecot, err error) {
	settings, err := o.dovecotSettings()
	if err != nil {
		return d, err
	}
	if o.format != "" {
		settings.Format = o.format
	}
	d = migrate.Dovecot{ReuseXUIDL: settings.ReuseXUIDL, DeletedFlag: settings.DeletedFlag, ControlDir: o.controlDir}
	if o.controlDir != "" && !filepath.IsAbs(o.controlDir) {
		return d, &failure{code: exitUsage, err: fmt.Errorf("--control-dir %s: must be an absolute path", o.controlDir)}
	}
	if settings.Format != "" {
		if d.Format, err = uidlist.ParseFormat(settings.Format); err != nil {
			return d, &failure{code: exitData, err: err}
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

// capture returns a running server.
func (o *importOptions) capture() (migrate.Source, error) {
	if o.server == "" || o.accounts == "" {
		return nil, &failure{code: exitUsage, err: errors.New("--from pop3 needs --server HOST:PORT and --accounts FILE")}
	}
	mode, err := tlsMode("--tls", o.tls, o.server, o.tlsCA)
	if err != nil {
		return nil, &failure{code: exitUsage, err: err}
	}
	p, err := dialer(proxy.Options{Servers: []string{o.server}, TLS: mode, CAFile: o.tlsCA}, "--server")
	if err != nil {
		return nil, err
	}
	return migrate.Capture{Open: p.Open, Server: o.server, Force: o.force}, nil
}
