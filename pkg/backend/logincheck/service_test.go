package logincheck

import (
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/pop3"
)

// TestService checks the report of a service that has all, and then loses its files.
func TestService(t *testing.T) {
	s := newSite(t)
	if err := os.WriteFile(s.users, []byte("ann:{PLAIN}topsecret::::"+s.root+"::\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	authority := certstest.NewAuthority(t)
	cert, access := filepath.Join(s.root, "cert"), filepath.Join(s.root, "access")
	write := func(leaf certstest.Leaf) {
		issued := authority.Issue(t, leaf)
		if err := os.WriteFile(cert, append(issued.Cert, issued.Key...), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(certstest.Leaf{Names: []string{"mail.example.org"}, NotAfter: time.Now().Add(90 * 24 * time.Hour)})
	c := s.checker(t, "--tls-cert="+cert, "--access-log="+access)
	expect := func(result string, want ...string) {
		t.Helper()
		r := ask(t, c, Question{})
		for _, w := range want {
			if !strings.Contains(r.text(), w) {
				t.Errorf("no %q in\n%s", w, r.text())
			}
		}
		if r.Result != result {
			t.Errorf("%s\n%s", r.Result, r.text())
		}
	}
	expect(ResultWorks, "database ok passwd-file answers", "certificate ok", "for mail.example.org, and the key fits",
		"file ok passwd-file", "mail-roots ok", "log ok", "The service has what it needs.")
	write(certstest.Leaf{Names: []string{"other.example.org"}, NotAfter: time.Now().Add(90 * 24 * time.Hour)})
	expect(ResultWorks, "certificate warning", "it has no name mail.example.org", "Failed: 0, warnings: 1")
	write(certstest.Leaf{Names: []string{"mail.example.org"}, NotAfter: time.Now().Add(24 * time.Hour)})
	expect(ResultWorks, "certificate warning", "renew it")
	write(certstest.Leaf{Names: []string{"mail.example.org"}, NotBefore: time.Now().Add(-48 * time.Hour), NotAfter: time.Now().Add(-24 * time.Hour)})
	expect(resultRefused, "certificate failed", "has expired")
	write(certstest.Leaf{Names: []string{"mail.example.org"}, NotBefore: time.Now().Add(24 * time.Hour), NotAfter: time.Now().Add(48 * time.Hour)})
	expect(resultRefused, "is not valid before")
	if err := os.RemoveAll(s.root); err != nil {
		t.Fatal(err)
	}
	expect(resultRefused, "certificate failed", "tls-cert", "file failed passwd-file", "mail-roots warning", "is missing", "log failed")
}

// TestTransport checks whether a password in clear is reported as refused on port 110.
func TestTransport(t *testing.T) {
	s := newSite(t)
	issued := certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}})
	cert := filepath.Join(s.root, "cert")
	if err := os.WriteFile(cert, append(issued.Cert, issued.Key...), 0o600); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ params, want string }{
		{"", "tls warning not available"},
		{"--plaintext-login=no", "but only on this machine"},
		{"--tls-cert=" + cert, "but only with TLS: let the client use port 995 or STLS"},
		{"--plaintext-login=yes --tls-cert=" + cert, "tls ok not required"},
	} {
		r := ask(t, s.checker(t, strings.Fields(test.params)...), Question{User: "ann"})
		if r.Result != ResultWorks || !strings.Contains(r.text(), test.want) {
			t.Errorf("%s: no %q in\n%s", test.params, test.want, r.text())
		}
	}
}

// TestProxy checks a user of another server: without a password that server decides.
func TestProxy(t *testing.T) {
	c := newSite(t).checker(t, "--mailbox-type=proxy", "--pop-server=127.0.0.1:1")
	if r := ask(t, c, Question{User: "ann"}); r.Result != resultUndecided || !strings.Contains(r.text(), "server ok ") || !strings.Contains(r.Sentence, "--password") {
		t.Errorf("%s", r.text())
	}
	password := "wrong one"
	r := ask(t, c, Question{User: "ann", Password: &password})
	if r.Result != resultRefused || r.Code != string(pop3.CodeSysTemp) || !strings.Contains(r.text(), "server failed ") {
		t.Errorf("%s", r.text())
	}
}

// TestMethods checks which methods are reported for a client without TLS that may not send
// its password in clear.
func TestMethods(t *testing.T) {
	s := newSite(t)
	issued := certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}})
	cert := filepath.Join(s.root, "cert")
	if err := os.WriteFile(cert, append(issued.Cert, issued.Key...), 0o600); err != nil {
		t.Fatal(err)
	}
	right, hashed := "topsecret", "rasmuslerdorf"
	for _, test := range []struct {
		params string
		q      Question
		want   string
	}{
		{"--plaintext-login=no --sasl-mechanisms=SCRAM-SHA-256,CRAM-MD5", Question{User: "ann", Password: &right}, "methods ok without TLS: SCRAM-SHA-256, CRAM-MD5\n"},
		{"--tls-cert=" + cert + " --sasl-mechanisms=SCRAM-SHA-1,PLAIN", Question{User: "ann", Password: &right}, "works, but without TLS only by SCRAM-SHA-1."},
		{"--tls-cert=" + cert + " --sasl-mechanisms=none", Question{User: "ann", Password: &right}, "methods warning without TLS no method works"},
		{"--tls-cert=" + cert + " --sasl-mechanisms=SCRAM-SHA-256", Question{User: "hashed", Password: &hashed}, "password failed"},
	} {
		r := ask(t, s.checker(t, strings.Fields(test.params)...), test.q)
		if !strings.Contains(r.text(), test.want) {
			t.Errorf("%s: no %q in\n%s", test.params, test.want, r.text())
		}
	}
	if r := ask(t, s.checker(t, "--plaintext-login=yes"), Question{User: "ann", Password: &right}); strings.Contains(r.text(), "methods") {
		t.Errorf("%s", r.text())
	}
}

// A hook must be executable, and need not be readable. Other files must be readable.
func TestServiceFiles(t *testing.T) {
	s := newSite(t)
	hook, missing := filepath.Join(s.root, "hook"), filepath.Join(s.root, "missing")
	if err := os.WriteFile(hook, []byte("#!/bin/sh\n"), 0o311); err != nil {
		t.Fatal(err)
	}
	c := s.checker(t)
	c.Config.Hook.Program, c.Config.TLS.ClientCA, c.Config.OAuth.JWKSFile = hook, missing, missing
	want := func(texts ...string) {
		t.Helper()
		r := ask(t, c, Question{})
		for _, text := range texts {
			if !strings.Contains(r.text(), text) {
				t.Errorf("no %q in\n%s", text, r.text())
			}
		}
	}
	want("file ok login-hook "+hook, "file failed tls-client-ca "+missing, "file failed oauth-jwks-file "+missing)
	if err := os.Chmod(hook, 0o600); err != nil {
		t.Fatal(err)
	}
	want("file failed login-hook "+hook, "permission denied: let the user of the service execute it")
}

// TestServiceState checks what is reported of credentials, sockets and the guard.
func TestServiceState(t *testing.T) {
	s := newSite(t)
	credentials := t.TempDir()
	t.Setenv("CREDENTIALS_DIRECTORY", credentials)
	if err := os.WriteFile(filepath.Join(credentials, "other"), []byte("topsecret"), 0o400); err != nil {
		t.Fatal(err)
	}
	c := s.checker(t, "--metrics-listen=127.0.0.1:9000")
	limiter, refusal := c.Backend.Guard.Accept(pop3.Connection{})
	if refusal != nil {
		t.Fatal(refusal)
	}
	defer limiter.Close()
	c.Listening = []netip.AddrPort{netip.MustParseAddrPort("192.0.2.1:110"), netip.MustParseAddrPort("192.0.2.1:995")}
	want := func(texts ...string) {
		t.Helper()
		r := ask(t, c, Question{})
		for _, text := range texts {
			if !strings.Contains(r.text(), text) {
				t.Errorf("no %q in\n%s", text, r.text())
			}
		}
	}
	want("credential ok other can be read", "socket ok listening at 192.0.2.1:110", "socket warning listening at 192.0.2.1:995 without a certificate", "socket ok control-socket /run/tpops/control",
		"socket ok metrics-listen 127.0.0.1:9000", "guard ok 1 connections, 0 of them logged in; ", " 0 networks banned")
	if err := os.RemoveAll(credentials); err != nil {
		t.Fatal(err)
	}
	c.Listening = nil
	want("credential warning "+credentials+" is gone", "socket ok not known to this process")
}

// TestShortTime checks the units of durations.
func TestShortTime(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0 us", 40 * time.Microsecond: "40 us", 999499 * time.Nanosecond: "999 us", 999500 * time.Nanosecond: "1 ms",
		1234 * time.Microsecond: "1.23 ms", 999499 * time.Microsecond: "999 ms", 1500 * time.Millisecond: "1.5 s", time.Minute: "60.0 s",
	} {
		if got := ShortTime(d); got != want {
			t.Errorf("%v: %q instead of %q", int64(d), got, want)
		}
	}
}
