// Package certstest makes certificates for tests.
package certstest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/rsa"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// Authority signs certificates.
type Authority struct {
	PEM []byte // its own certificate

	certificate *x509.Certificate
	key         crypto.Signer
}

// Leaf is what is in a certificate. Without times it is valid from 1990 to
// 2190, so that clocks of tests agree with it.
type Leaf struct {
	CommonName string
	Names      []string // of a server: host names and IP addresses
	Emails     []string // of a client
	NotBefore  time.Time
	NotAfter   time.Time
	RSA        bool // the key
}

// Issued is a certificate and its key, in PEM.
type Issued struct{ Cert, Key []byte }

// NewAuthority makes an authority.
func NewAuthority(tb testing.TB) *Authority {
	tb.Helper()
	a := &Authority{key: newKey(tb, false)}
	template := template(Leaf{CommonName: "authority under test"})
	template.IsCA, template.KeyUsage, template.ExtKeyUsage = true, x509.KeyUsageCertSign, nil
	der := sign(tb, template, template, a.key, a.key)
	var err error
	if a.certificate, err = x509.ParseCertificate(der); err != nil {
		tb.Fatal(err)
	}
	a.PEM = encode("CERTIFICATE", der)
	return a
}

// Pool returns what trusts the authority.
func (a *Authority) Pool() *x509.CertPool {
	pool := x509.NewCertPool()
	pool.AddCert(a.certificate)
	return pool
}

// Issue makes a certificate.
func (a *Authority) Issue(tb testing.TB, leaf Leaf) Issued {
	tb.Helper()
	key := newKey(tb, leaf.RSA)
	der := sign(tb, template(leaf), a.certificate, key, a.key)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		tb.Fatal(err)
	}
	return Issued{encode("CERTIFICATE", der), encode("PRIVATE KEY", private)}
}

// Pair returns the certificate as crypto/tls has it.
func (i Issued) Pair(tb testing.TB) tls.Certificate {
	tb.Helper()
	pair, err := tls.X509KeyPair(i.Cert, i.Key)
	if err != nil {
		tb.Fatal(err)
	}
	return pair
}

// Write writes both to files, as renewals do: each to another name, and then
// renamed.
func (i Issued) Write(tb testing.TB, certFile, keyFile string) {
	tb.Helper()
	for _, file := range []struct {
		name string
		text []byte
		mode os.FileMode
	}{{keyFile, i.Key, 0o600}, {certFile, i.Cert, 0o644}} {
		if err := os.WriteFile(file.name+".new", file.text, file.mode); err != nil {
			tb.Fatal(err)
		}
		if err := os.Rename(file.name+".new", file.name); err != nil {
			tb.Fatal(err)
		}
	}
}

func template(leaf Leaf) *x509.Certificate {
	if leaf.NotBefore.IsZero() {
		leaf.NotBefore = time.Date(1990, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	if leaf.NotAfter.IsZero() {
		leaf.NotAfter = time.Date(2190, 1, 1, 0, 0, 0, 0, time.UTC)
	}
	c := &x509.Certificate{
		Subject:   pkix.Name{CommonName: leaf.CommonName},
		NotBefore: leaf.NotBefore, NotAfter: leaf.NotAfter,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageDigitalSignature,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
		EmailAddresses:        leaf.Emails,
	}
	if len(leaf.Names) == 0 {
		c.ExtKeyUsage = []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth}
	}
	for _, name := range leaf.Names {
		if ip := net.ParseIP(name); ip != nil {
			c.IPAddresses = append(c.IPAddresses, ip)
			continue
		}
		c.DNSNames = append(c.DNSNames, name)
	}
	return c
}

func newKey(tb testing.TB, isRSA bool) crypto.Signer {
	tb.Helper()
	var key crypto.Signer
	var err error
	if isRSA {
		key, err = rsa.GenerateKey(rand.Reader, 2048)
	} else {
		key, err = ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	}
	if err != nil {
		tb.Fatal(err)
	}
	return key
}

func sign(tb testing.TB, leaf, parent *x509.Certificate, key, by crypto.Signer) []byte {
	tb.Helper()
	var err error
	if leaf.SerialNumber, err = rand.Int(rand.Reader, big.NewInt(1<<62)); err != nil {
		tb.Fatal(err)
	}
	der, err := x509.CreateCertificate(rand.Reader, leaf, parent, key.Public(), by)
	if err != nil {
		tb.Fatal(err)
	}
	return der
}

func encode(kind string, der []byte) []byte {
	return pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der})
}
