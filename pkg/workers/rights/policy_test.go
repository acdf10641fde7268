package rights

import (
	"os"
	"path/filepath"
	"slices"
	"testing"

	"tpops/pkg/config"
)

// A proxy keeps only the ports and files that it needs.
func TestProxyPolicy(t *testing.T) {
	c := &config.Config{
		Mailbox: config.Mailbox{Type: "proxy"}, Users: config.Users{AuthType: []string{"passwd"}},
		Proxy: config.Proxy{Server: []string{"a:110", "[::1]:995"}, TLSCA: "/ca/ca.pem"},
	}
	got := Policy(c, Paths{Sockets: []string{"/run/mysqld/mysqld.sock"}})
	if got.AllFiles || got.AllTCP || got.FirstUID != 0 || len(got.Connect) != 3 || got.Connect[1] != 995 || got.Connect[2] != dnsPort {
		t.Errorf("%+v", got)
	}
	if len(got.Read) != 1 || got.Read[0] != "/ca/ca.pem" {
		t.Errorf("reads %v", got.Read)
	}
	if len(got.Sockets) != 0 {
		t.Errorf("reaches %v", got.Sockets)
	}
	c.Users.AuthType = []string{"mysql"}
	got = Policy(c, Paths{Sockets: []string{"/run/mysqld/mysqld.sock"}})
	if !got.AllTCP || got.Connect != nil || len(got.Sockets) != 1 || got.Sockets[0] != "/run/mysqld/mysqld.sock" {
		t.Errorf("%+v", got)
	}
}

// A reload can read the files of secrets again.
func TestPolicySecrets(t *testing.T) {
	dir := t.TempDir()
	secret, file := filepath.Join(dir, "secret"), filepath.Join(dir, "tpops.toml")
	text := "auth-type='mysql'\nmysql-db='d'\nmail-roots='/home'\nmysql-passwd-file='" + secret + "'\n"
	for name, content := range map[string]string{secret: "s3cret", file: text} {
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	c, err := config.Load(config.Source{Hostname: "a", DefaultFile: file, Getenv: os.Getenv})
	if err != nil {
		t.Fatal(err)
	}
	if got := Policy(c, Paths{}).Read; !slices.Equal(got, []string{file, secret}) {
		t.Errorf("reads %v", got)
	}
}
