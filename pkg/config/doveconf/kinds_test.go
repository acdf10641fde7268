package doveconf

import (
	"strings"
	"testing"

	"tpops/pkg/config/draft"
	"tpops/pkg/config/draft/drafttest"
)

// A reason asks for something if and only if it stands among those to do.
func TestKindsOfReasons(t *testing.T) {
	for name, k := range knownSettings {
		if asks := drafttest.Asks(k.reason); k.kind != draft.Needed && asks != (k.kind == draft.ToDo) {
			t.Errorf("%s: kind %d: %s", name, k.kind, k.reason)
		}
	}
	for name, p := range pluginNotes {
		if asks := drafttest.Asks(p.reason); p.kind != draft.Needed && asks != (p.kind == draft.ToDo) {
			t.Errorf("%s: kind %d: %s", name, p.kind, p.reason)
		}
	}
}

// TestEncryptionNotes checks that each setting of TLS has a line in the report, of the kind
// that its value needs.
func TestEncryptionNotes(t *testing.T) {
	const (
		old    = "# 2.3.19.1 (9b53102964): x\nprotocols = pop3\nmail_location = maildir:~/Maildir\n"
		file24 = fileConfig + "ssl_server_cert_file = /a.pem\n"
		ca     = systemConfig + "ssl_verify_client_cert = yes\n"
	)
	for _, test := range []struct {
		name, text string
		kind       draft.Kind
		want       string
	}{
		{"key of the file", systemConfig + "local_name a {\n  ssl_cert = </b.pem\n}\n", draft.ToDo, "kept as tls-key = \"/a.key,/a.key\"; the service"},
		{"inline key", file24 + "ssl_server_key_file = inline:x\n", draft.ToDo, "ssl_server_key_file: not possible: the value is not the path of a file; store the key"},
		{"key without <", old + "ssl_cert = </a.pem\nssl_key = /a.key\n", draft.ToDo, "ssl_key: not possible: the value is not the path of a file; store the key"},
		{"no key", file24, draft.ToDo, "ssl_server_cert_file: not possible: Dovecot has no key for it"},
		{"some keys", file24 + "local_name a {\n  ssl_server_cert_file = /b.pem\n  ssl_server_key_file = /b.key\n}\n", draft.ToDo, "there are keys for 1 of 2 certificates, so tls-key is not set; set it to /b.key"},
		{"key alone", systemConfig + "local_name a {\n  ssl_key = </b.key\n}\n", draft.ToDo, "local_name has a key and no certificate"},
		{"CA", ca + "ssl_ca = </ca.pem\n", draft.Done, "ssl_verify_client_cert: kept in tls-client-ca"},
		{"inline CA", ca + "ssl_ca = x\n", draft.ToDo, "ssl_ca: not possible: the value is not the path of a file; store the certificates"},
		{"asks with an inline CA", ca + "ssl_ca = x\n", draft.ToDo, "ssl_verify_client_cert: not possible: TPOPS asks"},
		{"asks without CA", ca, draft.ToDo, "ssl_verify_client_cert: not possible: TPOPS asks"},
		{"asks with an inline CA in 2.4", file24 + "ssl_server {\n  ca_file = inline:x\n  request_client_cert = yes\n}\n", draft.ToDo, "request_client_cert: not possible: TPOPS asks"},
		{"does not ask", systemConfig + "ssl_verify_client_cert = no\nssl_ca = x\n", draft.Done, "ssl_verify_client_cert: equal to the default"},
		{"CA without effect", systemConfig + "ssl_ca = </ca.pem\n", draft.Done, "ssl_ca: without effect: Dovecot asks"},
		{"no certificate", old + "ssl = no\nssl_min_protocol = TLSv1.3\n", draft.Done, "ssl_min_protocol: without effect: there is no certificate"},
		{"inline certificate", fileConfig + "ssl_server_cert_file = inline:x\nssl_server_ca_file = /ca.pem\nssl_server_request_client_cert = yes\n", draft.Done, "ssl_server_ca_file: without effect: there is no certificate"},
	} {
		t.Run(test.name, func(t *testing.T) { checkNote(t, test.text+pamUsers, test.kind, test.want) })
	}
}

// TestKinds checks the kinds of other notes.
func TestKinds(t *testing.T) {
	const proxy = "passdb {\n  args = proxy=y host=10.0.0.5 nopassword=y\n  driver = static\n}\n"
	for _, test := range []struct {
		name, text string
		kind       draft.Kind
		want       string
	}{
		{"cache", systemConfig + pamUsers + "auth_cache_size = 10M\n", draft.ToKnow, "auth_cache_size: kept: the cache is on"},
		{"cache of a proxy", systemConfig + proxy + "auth_cache_size = 10M\n", draft.Done, "auth_cache_size: without effect: the other server"},
		{"times of a proxy", systemConfig + proxy + "auth_cache_size = 10M\nauth_cache_ttl = 1 mins\n", draft.Done, "auth_cache_ttl: without effect: the other server"},
		{"UIDLs of a proxy", systemConfig + proxy + "pop3_uidl_format = %g\n", draft.Done, "pop3_uidl_format: without effect: the mailboxes"},
		{"XUIDL of a proxy", systemConfig + proxy + "pop3_reuse_xuidl = yes\n", draft.Done, "pop3_reuse_xuidl: without effect: the mailboxes"},
		{"time without cache", systemConfig + pamUsers + "auth_cache_ttl = 1 mins\n", draft.Done, "auth_cache_ttl: without effect: auth_cache_size is 0"},
		{"environment", systemConfig + pamUsers + "import_environment = TZ\n", draft.ToDo, "import_environment: not possible: set variables"},
		{"environment of 2.4", fileConfig + staticUserdb + "import_environment {\n  TZ = UTC\n}\n", draft.ToDo, "import_environment: not possible: set variables"},
		{"quota", systemConfig + pamUsers + "mail_plugins = quota\n", draft.ToDo, "mail_plugins quota: kept: "},
	} {
		t.Run(test.name, func(t *testing.T) { checkNote(t, test.text, test.kind, test.want) })
	}
}

// checkNote holds that the report of a configuration has a note, of this kind.
func checkNote(t *testing.T, text string, kind draft.Kind, want string) {
	t.Helper()
	r := finished(t, draft.Input{Name: "in", Text: text})
	for _, n := range r.Notes {
		if strings.Contains(n.String(), want) {
			if n.Kind != kind {
				t.Errorf("kind %d instead of %d: %s", n.Kind, kind, n)
			}
			return
		}
	}
	t.Errorf("no %q in\n%s", want, draft.Report(r.Notes))
}
