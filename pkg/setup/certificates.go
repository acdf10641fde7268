package setup

import (
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"tpops/pkg/certs"
)

// Certificate is a certificate with its key that was found on the machine, or that the
// operator has named.
type Certificate struct {
	Cert, Key string // paths
	Names     []string
	Until     time.Time
	ForHost   bool // valid for the name of this machine
}

// snakeoil is the certificate for tests that Debian makes.
const snakeoil = "ssl-cert-snakeoil"

// certificatePlaces are patterns of keys and the certificates that belong to them.
// BASE is replaced by the name of the key without its ending.
var certificatePlaces = []struct{ key, cert string }{
	{"/etc/letsencrypt/live/*/privkey.pem", "fullchain.pem"},
	{"/var/lib/acme/live/*/privkey", "fullchain"},
	{"/etc/tpops/privkey.pem", "fullchain.pem"},
	{"/etc/ssl/private/*.key", "/etc/ssl/certs/BASE.pem"},
	{"/etc/ssl/private/*.key", "/etc/ssl/certs/BASE.crt"},
	{"/etc/ssl/private/*.pem", "/etc/ssl/certs/BASE.pem"},
	{"/etc/ssl/*.key", "/etc/ssl/BASE.crt"},
	{"/etc/ssl/*.key", "/etc/ssl/BASE.pem"},
}

// certificates returns the valid certificates that are in usual places: those for the
// name of this machine first, then those that are valid for longest.
func certificates(root, hostname string, now time.Time) []Certificate {
	var found []Certificate
	for _, place := range certificatePlaces {
		keys, _ := filepath.Glob(filepath.Join(root, place.key))
		for _, key := range keys {
			key = strings.TrimPrefix(key, root)
			base := strings.TrimSuffix(path.Base(key), path.Ext(key))
			cert := strings.ReplaceAll(place.cert, "BASE", base)
			if !path.IsAbs(cert) {
				cert = path.Join(path.Dir(key), cert)
			}
			if c, err := readCertificate(root, cert, key, hostname); err == nil && base != snakeoil && now.Before(c.Until) {
				found = append(found, c)
			}
		}
	}
	slices.SortStableFunc(found, func(a, b Certificate) int {
		if a.ForHost != b.ForHost {
			return map[bool]int{true: -1, false: 1}[a.ForHost]
		}
		return b.Until.Compare(a.Until)
	})
	return found
}

// checkCertificate returns why clients would not accept the certificate of the choice, or
// nil.
func (p *Plan) checkCertificate() error {
	c := p.choice
	if c.Cert == "" {
		return nil
	}
	found, err := readCertificate(p.machine.Root, c.Cert, c.Key, p.machine.Hostname)
	if err != nil {
		return fmt.Errorf("certificate: %w", err)
	}
	if !p.machine.Now.Before(found.Until) {
		return fmt.Errorf("certificate %s has expired at %s", c.Cert, found.Until.Format(time.DateOnly))
	}
	if !found.ForHost {
		p.Notes = append(p.Notes, "the certificate is for "+strings.Join(found.Names, ", ")+": clients must connect to such a name")
	}
	return nil
}

// readCertificate reads a pair of files in PEM.
func readCertificate(root, cert, key, hostname string) (Certificate, error) {
	c := Certificate{Cert: cert, Key: key}
	pair, err := certs.Load(certs.Pair{Cert: filepath.Join(root, cert), Key: filepath.Join(root, key)})
	if err != nil {
		return c, err
	}
	c.Names, c.Until, c.ForHost = pair.Leaf.DNSNames, pair.Leaf.NotAfter, pair.Leaf.VerifyHostname(hostname) == nil
	return c, nil
}
