package mariadb

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"testing"
	"time"
)

// writeCertificates makes an authority and a certificate signed by it for
// 127.0.0.1 and localhost, and writes them and the latter's key in PEM.
func writeCertificates(tb testing.TB, caFile, certificateFile, keyFile string) {
	tb.Helper()
	caKey, ca := WriteAuthority(tb, caFile)
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(tb, "key", err)
	der, err := x509.CreateCertificate(rand.Reader, &x509.Certificate{
		SerialNumber: big.NewInt(2),
		Subject:      pkix.Name{CommonName: "database under test"},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
		DNSNames:     []string{"localhost"},
		IPAddresses:  []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:     x509.KeyUsageDigitalSignature,
		ExtKeyUsage:  []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth},
	}, ca, &key.PublicKey, caKey)
	check(tb, "certificate", err)
	writePEM(tb, certificateFile, "CERTIFICATE", der, 0o644)
	private, err := x509.MarshalPKCS8PrivateKey(key)
	check(tb, "key", err)
	writePEM(tb, keyFile, "PRIVATE KEY", private, 0o600)
}

// WriteAuthority makes an authority and writes its certificate in PEM. One
// that signed nothing is what a wrong CA file has.
func WriteAuthority(tb testing.TB, file string) (*ecdsa.PrivateKey, *x509.Certificate) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(tb, "authority's key", err)
	authority := &x509.Certificate{
		SerialNumber:          big.NewInt(1),
		Subject:               pkix.Name{CommonName: "authority under test"},
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IsCA:                  true,
		BasicConstraintsValid: true,
		KeyUsage:              x509.KeyUsageCertSign,
	}
	der, err := x509.CreateCertificate(rand.Reader, authority, authority, &key.PublicKey, key)
	check(tb, "authority", err)
	writePEM(tb, file, "CERTIFICATE", der, 0o644)
	return key, authority
}

func writePEM(tb testing.TB, file, kind string, der []byte, mode os.FileMode) {
	tb.Helper()
	check(tb, file, os.WriteFile(file, pem.EncodeToMemory(&pem.Block{Type: kind, Bytes: der}), mode))
}
