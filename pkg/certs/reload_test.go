package certs

import (
	"crypto/tls"
	"crypto/x509"
	"os"
	"strings"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
)

func TestReload(t *testing.T) {
	f := newFolder(t)
	pair := f.issue("a", certstest.Leaf{CommonName: "old", Names: []string{"a.example"}})
	f.open(Options{Pairs: []Pair{pair, f.issue("b", certstest.Leaf{CommonName: "b", Names: []string{"b.example"}})}})
	if log := f.look(); log != "" {
		t.Errorf("unchanged: %s", log)
	}
	f.issue("a", certstest.Leaf{CommonName: "new", Names: []string{"a.example"}})
	log := f.look()
	if !strings.Contains(log, `msg="certificate reloaded" certificate=a.example file=`+pair.Cert+" expires=2190-01-01T00:00:00Z") || strings.Count(log, "\n") != 1 {
		t.Errorf("changed: %s", log)
	}
	if got := f.presented("a.example"); got != "new" {
		t.Errorf("presents %s", got)
	}
	if got := f.presented("b.example"); got != "b" {
		t.Errorf("the other is %s", got)
	}
	if log := f.look(); log != "" {
		t.Errorf("unchanged again: %s", log)
	}
}

// Incomplete, mismatched or missing files change nothing and are reported once. When
// they are valid again, they are used.
func TestReloadTrouble(t *testing.T) {
	f := newFolder(t)
	pair := f.issue("a", certstest.Leaf{CommonName: "old", Names: []string{"a.example"}})
	f.open(Options{Pairs: []Pair{pair}})
	next := f.authority.Issue(t, certstest.Leaf{CommonName: "new", Names: []string{"a.example"}})
	for _, step := range []struct {
		name string
		do   func()
		want string
	}{
		{"certificate without its key", func() { f.write("a.pem", string(next.Cert)) }, "private key does not match public key"},
		{"half a certificate", func() { f.write("a.pem", string(next.Cert[:100])) }, "failed to find any PEM data"},
		{"no certificate", func() { _ = os.Remove(pair.Cert) }, "no such file or directory"},
	} {
		step.do()
		if log := f.look(); !strings.Contains(log, `msg="certificate reload failed"`) || !strings.Contains(log, step.want) || strings.Count(log, "\n") != 1 {
			t.Errorf("%s: %s", step.name, log)
		}
		if log := f.look(); log != "" {
			t.Errorf("%s: logged again: %s", step.name, log)
		}
		if got := f.presented("a.example"); got != "old" {
			t.Errorf("%s: presents %s", step.name, got)
		}
	}
	next.Write(t, pair.Cert, pair.Key)
	if log := f.look(); !strings.Contains(log, `msg="certificate reloaded"`) || f.presented("a.example") != "new" {
		t.Errorf("right again: %s", log)
	}
}

// Between the two renames of a renewal nothing is logged.
func TestReloadBetween(t *testing.T) {
	f := newFolder(t)
	pair := f.issue("a", certstest.Leaf{CommonName: "old", Names: []string{"a.example"}})
	f.open(Options{Pairs: []Pair{pair}})
	next := f.authority.Issue(t, certstest.Leaf{CommonName: "new", Names: []string{"a.example"}})
	f.write("a.key", string(next.Key))
	f.store.Look()
	f.write("a.pem", string(next.Cert))
	log := f.log.String() + f.look()
	if strings.Contains(log, "not read") || f.presented("a.example") != "new" {
		t.Errorf("%s", log)
	}
}

// Certbot's files are symbolic links, which it redirects.
func TestReloadLinks(t *testing.T) {
	f := newFolder(t)
	one := f.issue("1", certstest.Leaf{CommonName: "old", Names: []string{"a.example"}})
	two := f.issue("2", certstest.Leaf{CommonName: "new", Names: []string{"a.example"}})
	live := Pair{f.path("live.pem"), f.path("live.key")}
	link := func(to Pair) {
		for name, target := range map[string]string{live.Cert: to.Cert, live.Key: to.Key} {
			_ = os.Remove(name) // It may not exist yet.
			if err := os.Symlink(target, name); err != nil {
				t.Fatal(err)
			}
		}
	}
	link(one)
	f.open(Options{Pairs: []Pair{live}})
	link(two)
	if log := f.look(); f.presented("a.example") != "new" {
		t.Errorf("%s", log)
	}
}

func TestExpiry(t *testing.T) {
	const soon, expired = `msg="certificate expires soon"`, `level=ERROR msg="certificate expired"`
	end := time.Date(2026, 12, 31, 12, 0, 0, 0, time.UTC)
	for _, test := range []struct {
		name     string
		lifetime time.Duration
		left     []time.Duration // one after the other, the first at startup
		want     []string        // the log at that time; "" if nothing is logged
	}{
		{"all boundaries", 90 * day, []time.Duration{31 * day, 30 * day, 29 * day, 7*day + 1, 7 * day, 2 * day, day, time.Hour, 0, -day},
			[]string{"", soon, "", "", soon, "", soon, "", expired, ""}},
		{"started late", 90 * day, []time.Duration{5 * day, 4 * day, day}, []string{soon, "", soon}},
		{"started too late", 90 * day, []time.Duration{-1, -2}, []string{expired, ""}},
		{"of 47 days", 47 * day, []time.Duration{30 * day, 7 * day}, []string{"", soon}},
		{"of 6 days", 6 * day, []time.Duration{6 * day, 2 * day, day, 0}, []string{"", "", soon, expired}},
		{"of an hour", time.Hour, []time.Duration{time.Hour, time.Minute, 0}, []string{"", "", expired}},
	} {
		t.Run(test.name, func(t *testing.T) {
			f := newFolder(t)
			pair := f.issue("a", certstest.Leaf{Names: []string{"a.example", "b.example"}, NotBefore: end.Add(-test.lifetime), NotAfter: end})
			for i, left := range test.left {
				f.now = end.Add(-left)
				log := ""
				if i == 0 {
					f.open(Options{Pairs: []Pair{pair}})
					log = f.log.String() // nothing is logged before Look
				}
				log += f.look()
				switch {
				case test.want[i] == "" && log != "":
					t.Errorf("%v left: %s", left, log)
				case strings.Count(log, "\n") > 1 || !strings.Contains(log, test.want[i]):
					t.Errorf("%v left: %s, want %s", left, log, test.want[i])
				case log != "" && !strings.Contains(log, `certificate="a.example b.example" file=`+pair.Cert+" expires=2026-12-31T12:00:00Z"):
					t.Errorf("%v left: %s", left, log)
				}
			}
		})
	}
}

// An expiry is logged again after a renewal, and not for the same certificate.
func TestExpiryRenewed(t *testing.T) {
	f := newFolder(t)
	in := func(left time.Duration) certstest.Leaf {
		return certstest.Leaf{Names: []string{"a.example"}, NotBefore: f.now.Add(-90 * day), NotAfter: f.now.Add(left)}
	}
	pair := f.issue("a", in(day))
	f.open(Options{Pairs: []Pair{pair}})
	if log := f.look(); !strings.Contains(log, "expires soon") {
		t.Errorf("at first: %s", log)
	}
	if err := os.Chtimes(pair.Cert, f.now, f.now); err != nil {
		t.Fatal(err)
	}
	if log := f.look(); strings.Contains(log, "expires soon") {
		t.Errorf("the same: %s", log)
	}
	f.issue("a", in(60*day))
	if log := f.look(); !strings.Contains(log, "certificate reloaded") || strings.Contains(log, "expires soon") {
		t.Errorf("renewed: %s", log)
	}
	f.now = f.now.Add(40 * day)
	if log := f.look(); !strings.Contains(log, "expires soon") {
		t.Errorf("later: %s", log)
	}
}

func TestLookWithout(*testing.T) { (*Store)(nil).Look() }

// No certificate of the file is left out, whatever is wrong around it.
func TestDamagedAuthorities(t *testing.T) {
	a, b := string(certstest.NewAuthority(t).PEM), string(certstest.NewAuthority(t).PEM)
	const mark = "\ufeff"
	both := x509.NewCertPool()
	both.AppendCertsFromPEM([]byte(a + b))
	for _, whole := range []string{a + b, a + "\n\n" + b, strings.ReplaceAll(a+b, "\n", "\r\n"), a + strings.TrimSuffix(b, "\n"),
		"# -----BEGIN CERTIFICATE-----\n# AAAA\n# -----END CERTIFICATE-----\n" + a + "the END CERTIFICATE line\n" + b} {
		pool, _, err := parseAuthorities([]byte(whole))
		if err != nil || !pool.Equal(both) {
			t.Errorf("%q: %v", whole, err)
		}
	}
	for _, broken := range []string{a + " " + b, a + "\t" + b, a + "\u00a0" + b, a + mark + b, mark + a + b, a + "\r" + b, a + "\x00" + b, a + "x" + b,
		strings.TrimSuffix(a, "\n") + b, a + b[1:], a + "-" + b, a + "\u2013" + b[1:], a + strings.Replace(b, "-----END", "----END", 1),
		a + strings.Replace(b, "BEGIN", "BEGAN", 1), a + strings.Replace(b, "END", "BEGIN", 1), strings.ReplaceAll(a+b, "\n", "\r")} {
		if _, _, err := parseAuthorities([]byte(broken)); err == nil {
			t.Errorf("%q is accepted", broken)
		}
	}
}

// The authorities of clients are read again when their file changes. The new ones also
// apply to TLS sessions that clients resume.
func TestReloadAuthorities(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		t.Run(tls.VersionName(version), func(t *testing.T) { testReloadAuthorities(t, version) })
	}
}

func testReloadAuthorities(t *testing.T, version uint16) {
	f := newFolder(t)
	next := certstest.NewAuthority(t)
	a := f.issue("a", certstest.Leaf{Names: []string{"a.example"}})
	path := f.write("ca.pem", string(f.authority.PEM))
	f.open(Options{Pairs: []Pair{a}, ClientCA: path})
	old := f.authority.Issue(t, certstest.Leaf{CommonName: "ann"}).Pair(t)
	fresh := next.Issue(t, certstest.Leaf{CommonName: "ann"}).Pair(t)
	as := func(certificate *tls.Certificate, cache tls.ClientSessionCache) error {
		_, err := f.connect(&tls.Config{MinVersion: version, MaxVersion: version, ServerName: "a.example", ClientSessionCache: cache,
			GetClientCertificate: func(*tls.CertificateRequestInfo) (*tls.Certificate, error) { return certificate, nil }})
		return err
	}
	cache := tls.NewLRUClientSessionCache(1)
	if err := as(&old, cache); err != nil || as(&fresh, nil) == nil {
		t.Fatalf("at first: %v, and another authority is accepted", err)
	}
	for _, broken := range []string{"", "no PEM", string(next.PEM[:len(next.PEM)/2]), string(f.authority.PEM) + string(next.PEM[:len(next.PEM)-40]),
		strings.Replace(string(next.PEM), "\n", "\n!", 1) + string(f.authority.PEM),
		string(next.PEM[:len(next.PEM)-40]) + "\n" + string(f.authority.PEM), string(next.PEM[:len(next.PEM)/2]) + string(f.authority.PEM)} {
		f.write("ca.pem", broken)
		if log := f.look(); !strings.Contains(log, `msg="certificate reload failed" file=`+path) || strings.Count(log, "\n") != 1 || as(&old, nil) != nil {
			t.Errorf("broken file %q: %s", broken, log)
		}
	}
	f.write("ca.pem", "# It has one -----BEGIN CERTIFICATE-----\n"+string(next.PEM))
	if log := f.look(); !strings.Contains(log, `msg="certificate reloaded"`) || !strings.Contains(log, "file="+path) {
		t.Errorf("new file: %s", log)
	}
	if err := as(&fresh, nil); err != nil {
		t.Errorf("a certificate of the new authority: %v", err)
	}
	if as(&old, cache) == nil || as(&old, nil) == nil {
		t.Error("a certificate of the old authority is accepted")
	}
	if log := f.look(); log != "" {
		t.Errorf("unchanged: %s", log)
	}
}
