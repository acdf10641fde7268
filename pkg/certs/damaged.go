package certs

import (
	"bytes"
	"crypto/tls"
	"crypto/x509"
	"encoding/asn1"
	"encoding/pem"
	"errors"
	"fmt"
	"strings"
	"unicode"

	"tpops/pkg/files"
)

// errDamaged means that a text has more certificates than encoding/pem finds: it leaves
// damaged ones out.
var errDamaged = errors.New("a certificate is damaged or incomplete")

// Damaged returns what is wrong with a certificate in a file in PEM, nil if each can be read.
// The standard library leaves such a certificate of an authority out without an error. Other
// errors are those of the file.
func Damaged(name string) (damage, err error) {
	text, _, err := files.Read(name, maxAuthorities)
	if err != nil {
		return nil, err
	}
	_, damage = parse(text)
	return damage, nil
}

// Load reads a certificate with its chain, and the key. The error is that of a file, or
// names the certificate that is damaged or does not fit the key.
func Load(pair Pair) (*tls.Certificate, error) {
	s := &source{pair: pair}
	err := s.read()
	return s.certificate, err
}

// parse reads the certificates of a text in PEM. The error is errDamaged, or that of the first
// one that is whole and cannot be read. Those that can be read are returned all the same.
func parse(text []byte) (all []*x509.Certificate, err error) {
	damaged := countCertificates(text)
	for block, rest := pem.Decode(text); block != nil; block, rest = pem.Decode(rest) {
		if strings.HasPrefix(block.Type, "CERTIFICATE") { // a CERTIFICATE REQUEST too
			damaged--
		}
		if block.Type != "CERTIFICATE" {
			continue
		}
		certificate, parseErr := x509.ParseCertificate(block.Bytes)
		switch {
		case parseErr == nil:
			all = append(all, certificate)
		case !isWhole(block.Bytes):
			damaged++
		case err == nil:
			err = fmt.Errorf("a certificate cannot be read: %w", parseErr)
		}
	}
	if damaged > 0 {
		err = errDamaged
	}
	return all, err
}

// isWhole reports whether a text is one value of ASN.1 from its start to its end.
func isWhole(der []byte) bool {
	var value asn1.RawValue
	rest, err := asn1.Unmarshal(der, &value)
	return err == nil && len(rest) == 0
}

// countCertificates returns how many certificates and requests a text seems to have,
// damaged ones too: the first or the last line of one may be damaged as well. A line that
// names one after other words, or is a comment, is not of a certificate.
func countCertificates(text []byte) int {
	begins, ends := 0, 0
	for line := range bytes.FieldsFuncSeq(text, func(r rune) bool { return r == '\n' || r == '\r' }) {
		line = bytes.TrimLeftFunc(line, isAroundBlock)
		switch {
		case bytes.HasPrefix(line, []byte("BEGIN CERTIFICATE")):
			begins++
		case bytes.HasPrefix(line, []byte("END CERTIFICATE")):
			ends++
		}
	}
	return max(begins, ends)
}

// isAroundBlock reports whether a character is a dash, white space or invisible, such as a
// byte order mark.
func isAroundBlock(r rune) bool {
	return unicode.IsSpace(r) || unicode.In(r, unicode.Pd, unicode.Cc, unicode.Cf)
}
