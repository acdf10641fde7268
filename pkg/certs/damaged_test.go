package certs

import (
	"bytes"
	"encoding/pem"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
)

// damagedChains returns texts with the certificate leaf, each with a damaged certificate after it.
func damagedChains(leaf, next string) []string {
	block, _ := pem.Decode([]byte(next))
	cut := pem.EncodeToMemory(&pem.Block{Type: block.Type, Bytes: block.Bytes[:len(block.Bytes)/2]})
	return []string{
		leaf + next[:len(next)/2],
		leaf + strings.Replace(next, "BEGIN", "BEGAN", 1),
		leaf + strings.Replace(next, "-----END", "----END", 1),
		leaf + strings.Replace(next, "\nM", "\n!", 1),
		strings.TrimSuffix(leaf, "\n") + next,
		leaf + string(cut),
		leaf + next[:len(next)/2] + "\n" + next,
	}
}

// A damaged certificate in the chain is an error at the start and at a reload, and for Load.
func TestDamagedChain(t *testing.T) {
	f := newFolder(t)
	pair := f.issue("a", certstest.Leaf{CommonName: "a", Names: []string{"a.example"}})
	issued := f.authority.Issue(t, certstest.Leaf{CommonName: "b", Names: []string{"a.example"}})
	f.open(Options{Pairs: []Pair{pair}})
	next := Pair{Key: f.write("b.key", string(issued.Key))}
	for _, text := range damagedChains(string(issued.Cert), string(f.authority.PEM)) {
		next.Cert = f.write("b.pem", text)
		if _, err := Load(next); err == nil || !strings.Contains(err.Error(), next.Cert) {
			t.Errorf("%q: %v", text, err)
		}
		f.write("a.pem", text)
		f.write("a.key", string(issued.Key))
		if log := f.look(); !strings.Contains(log, "certificate reload failed") || f.presented("a.example") != "a" {
			t.Errorf("%q: %s", text, log)
		}
	}
	if _, err := Open(Options{Pairs: []Pair{next}}); err == nil || !strings.Contains(err.Error(), next.Cert+": a certificate is damaged") {
		t.Errorf("at the start: %v", err)
	}
	whole := string(issued.Cert) + string(f.authority.PEM)
	for _, text := range []string{whole, whole + string(issued.Key), "# a comment\n" + whole, strings.ReplaceAll(whole, "\n", "\r\n")} {
		next.Cert = f.write("b.pem", text)
		if certificate, err := Load(next); err != nil || len(certificate.Certificate) != 2 {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// Damaged finds the same in a file of authorities.
func TestDamaged(t *testing.T) {
	f := newFolder(t)
	a, b := string(f.authority.PEM), string(certstest.NewAuthority(t).PEM)
	for _, text := range damagedChains(a, b) {
		if damage, err := Damaged(f.write("ca.pem", text)); damage == nil || err != nil {
			t.Errorf("%q: %v, %v", text, damage, err)
		}
	}
	for _, text := range []string{"", a, a + b, "-----BEGIN TRUSTED CERTIFICATE-----\n" + a} {
		if damage, err := Damaged(f.write("ca.pem", text)); damage != nil || err != nil {
			t.Errorf("%q: %v, %v", text, damage, err)
		}
	}
	if damage, err := Damaged(f.path("missing")); damage != nil || err == nil {
		t.Errorf("missing: %v, %v", damage, err)
	}
}

// A certificate that is whole, but unknown to crypto/x509, stays in the chain.
func TestUnknownInChain(t *testing.T) {
	f := newFolder(t)
	issued := f.authority.Issue(t, certstest.Leaf{CommonName: "a", Names: []string{"a.example"}})
	block, _ := pem.Decode(f.authority.PEM)
	version := []byte{0xa0, 3, 2, 1, 2} // 3, as it is coded
	block.Bytes = bytes.Replace(block.Bytes, version, []byte{0xa0, 3, 2, 1, 9}, 1)
	unknown := pem.EncodeToMemory(block)
	pair := Pair{Cert: f.write("a.pem", string(issued.Cert)+string(unknown)), Key: f.write("a.key", string(issued.Key))}
	if certificate, err := Load(pair); err != nil || len(certificate.Certificate) != 2 || !bytes.Equal(certificate.Certificate[1], block.Bytes) {
		t.Errorf("%v", err)
	}
	if damage, err := Damaged(pair.Cert); err != nil || damage == nil || !strings.Contains(damage.Error(), "cannot be read") {
		t.Errorf("as an authority: %v, %v", damage, err)
	}
}

// The certificates around a damaged one are read.
func TestParseAround(t *testing.T) {
	a, b := certstest.NewAuthority(t).PEM, certstest.NewAuthority(t).PEM
	damaged := []byte("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n")
	all, err := parse(slices.Concat(a, damaged, b))
	first, _ := pem.Decode(a)
	last, _ := pem.Decode(b)
	if err == nil || len(all) != 2 || !bytes.Equal(all[0].Raw, first.Bytes) || !bytes.Equal(all[1].Raw, last.Bytes) {
		t.Errorf("%d, %v", len(all), err)
	}
}
