package peer

import (
	"net/netip"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/bench/mail"
)

func TestDovecotConfig(t *testing.T) {
	p := ports{netip.MustParseAddrPort("127.0.0.1:1110"), netip.MustParseAddrPort("127.0.0.1:1995")}
	for _, test := range []struct {
		name   string
		d      dovecot
		cert   *Certificate
		has    []string
		hasNot []string
	}{
		{"2.3 kept", dovecot{config: config23}, nil, []string{"port = 1110", "port = 0", "ssl = no", "process_min_avail = 4\n  process_limit = 60\n  client_limit = 1\n"}, []string{"1995"}},
		{"2.3 shared, TLS", dovecot{config: config23, shared: true}, &Certificate{CertFile: "/c/cert.pem", KeyFile: "/c/key.pem"},
			[]string{"port = 1995", "ssl_cert = </c/cert.pem", "client_limit = 60"}, []string{"client_limit = 1\n", "ssl = no"}},
		{"2.4 kept, TLS", dovecot{config: config24}, &Certificate{CertFile: "/c/cert.pem", KeyFile: "/c/key.pem"},
			[]string{"dovecot_config_version", "ssl_server_cert_file = /c/cert.pem", "mail_path = /m/%{user}/Maildir"}, []string{"service_count", "mail_location"}},
	} {
		text, err := test.d.text(Setup{Dir: "/d", Root: "/m", Sessions: 50, Spare: 4, Cert: test.cert}, "/d/users", p)
		if err != nil {
			t.Fatalf("%s: %v", test.name, err)
		}
		for _, want := range test.has {
			if !strings.Contains(text, want) {
				t.Errorf("%s: no %q in\n%s", test.name, want, text)
			}
		}
		for _, wrong := range test.hasNot {
			if strings.Contains(text, wrong) {
				t.Errorf("%s: %q in\n%s", test.name, wrong, text)
			}
		}
	}
}

func TestForgetRemovesIndexesAlone(t *testing.T) {
	root := t.TempDir()
	if err := mail.Make(root, mail.Boxes("u", 2, 1, 10)); err != nil {
		t.Fatal(err)
	}
	for _, file := range []string{"tpops_index", "tpops_index.1", "tpops_uidl"} {
		if err := os.WriteFile(filepath.Join(mail.Dir(root, "u1"), file), nil, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeIndexes(Setup{Root: root}); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(mail.Dir(root, "u1"))
	var names []string
	for _, entry := range left {
		names = append(names, entry.Name())
	}
	if want := []string{"cur", "new", "tmp", "tpops_uidl"}; err != nil || !slices.Equal(names, want) {
		t.Errorf("left: %q, %v, want %q", names, err, want)
	}
}

func TestUsersFile(t *testing.T) {
	dir := t.TempDir()
	file, err := writeUsers(Setup{Dir: dir, Root: "/m", Users: []string{"ann", "bob"}})
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	want := "ann:{PLAIN}secret:65534:65534::/m/ann:\nbob:{PLAIN}secret:65534:65534::/m/bob:\n"
	if err != nil || string(text) != want {
		t.Errorf("%q, %v, want %q", text, err, want)
	}
}

func TestCourierUsers(t *testing.T) {
	got := courierUsers(Setup{Root: "/m", Users: []string{"ann"}})
	want := "ann\thome=/m/ann|mail=/m/ann/Maildir|uid=65534|gid=65534|pop3pw={SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n"
	if got != want {
		t.Errorf("%q, want %q", got, want)
	}
}
