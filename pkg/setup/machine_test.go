package setup

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
)

// now is when the tests run.
var now = time.Date(2026, 11, 29, 6, 0, 0, 0, time.UTC)

// root returns the root directory of a machine with these files.
func root(t *testing.T, files map[string]string) string {
	t.Helper()
	folder := t.TempDir()
	for name, text := range files {
		path := filepath.Join(folder, name)
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if target, isLink := strings.CutPrefix(text, "-> "); isLink {
			if err := os.Symlink(target, path); err != nil {
				t.Fatal(err)
			}
			continue
		}
		if err := os.WriteFile(path, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	return folder
}

func look(t *testing.T, root string, isSystemd bool) *Machine {
	t.Helper()
	m, err := Look(Source{Root: root, Hostname: "mail.example.org", IsSystemd: isSystemd, Now: now})
	if err != nil {
		t.Fatal(err)
	}
	return m
}

const netHeader = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func TestListener(t *testing.T) {
	m := look(t, root(t, map[string]string{
		"proc/self/net/tcp": netHeader + "   0: 00000000:006E 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 77 1 x\n" +
			"   1: 0100007F:0457 00000000:0000 01 00000000:00000000 00:00000000 00000000     0        0 78 1 x\n" + "broken\n",
		"proc/self/net/tcp6": netHeader + "   0: 00000000000000000000000000000000:03E3 00000000000000000000000000000000:0000 0A 0:0 00:0 0 0 0 79 1 x\n" +
			"   1: 0000:0BB8 0000:0000 0A 0:0 00:0 0 0 0 80 1 x\n",
		"proc/20/comm": "dovecot\n", "proc/20/fd/3": "-> socket:[77]",
		"proc/30/comm": "pop3-login\n", "proc/30/fd/3": "-> socket:[77]",
		"proc/1/comm": "systemd\n", "proc/1/fd/9": "-> socket:[79]",
	}), true)
	for port, want := range map[string]Listener{
		"110": {"dovecot", 20}, "192.0.2.1:110": {"dovecot", 20}, "1111": {}, "995": {"systemd", 1}, "[::1]:3000": {"another program", 0}, "x": {},
	} {
		if got, taken := m.Listener(port); got != want && taken || taken != (want != Listener{}) {
			t.Errorf("%s: %v, %v", port, got, taken)
		}
	}
	m.Active = true
	if _, taken := m.Listener("995"); taken {
		t.Error("the socket of the service is another program")
	}
	if got := (Listener{"dovecot", 20}).Advice("110"); !strings.Contains(got, "port 110 is in use by dovecot (process 20): remove pop3 from its protocols") || !strings.Contains(got, "tpops-moving(7)") {
		t.Error(got)
	}
}

func TestCertificates(t *testing.T) {
	a := certstest.NewAuthority(t)
	files := map[string]string{}
	for name, leaf := range map[string]certstest.Leaf{
		"etc/letsencrypt/live/b/fullchain.pem etc/letsencrypt/live/b/privkey.pem":   {Names: []string{"b.example.org"}, NotBefore: now, NotAfter: now.Add(80 * 24 * time.Hour)},
		"etc/letsencrypt/live/a/fullchain.pem etc/letsencrypt/live/a/privkey.pem":   {Names: []string{"*.example.org"}, NotBefore: now, NotAfter: now.Add(time.Hour)},
		"etc/ssl/certs/old.pem etc/ssl/private/old.key":                             {Names: []string{"mail.example.org"}, NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(-time.Hour)},
		"etc/ssl/certs/long.crt etc/ssl/private/long.key":                           {Names: []string{"c.example.net"}, NotBefore: now, NotAfter: now.Add(800 * 24 * time.Hour)},
		"etc/ssl/certs/ssl-cert-snakeoil.pem etc/ssl/private/ssl-cert-snakeoil.key": {Names: []string{"mail.example.org"}, NotBefore: now, NotAfter: now.Add(800 * 24 * time.Hour)},
	} {
		issued := a.Issue(t, leaf)
		cert, key, _ := strings.Cut(name, " ")
		files[cert], files[key] = string(issued.Cert), string(issued.Key)
	}
	files["etc/ssl/private/other.key"], files["etc/ssl/certs/other.pem"] = files["etc/ssl/private/long.key"], files["etc/ssl/certs/old.pem"]
	files["etc/ssl/x.key"], files["etc/ssl/x.crt"] = "no PEM", "no PEM"
	m := look(t, root(t, files), true)
	var got []string
	for _, c := range m.Certificates {
		got = append(got, c.Cert+" "+c.Key)
	}
	want := "/etc/letsencrypt/live/b/fullchain.pem /etc/letsencrypt/live/b/privkey.pem"
	all := []string{"/etc/letsencrypt/live/a/fullchain.pem /etc/letsencrypt/live/a/privkey.pem", "/etc/ssl/certs/long.crt /etc/ssl/private/long.key", want}
	if strings.Join(got, "\n") != strings.Join(all, "\n") {
		t.Errorf("%q", got)
	}
	if c := m.Choice(); c.Cert != "/etc/letsencrypt/live/a/fullchain.pem" {
		t.Errorf("chosen %q", c.Cert)
	}
}

// What stands is found again.
func TestChoice(t *testing.T) {
	m := look(t, root(t, map[string]string{
		ConfigPath: "auth-type = \"mysql\"\nmail-roots = [\"/srv/a\", \"/srv/b\"]\ntls-cert = \"/x\"\nport = 7\n[mysql]\nserver = \"db.example.org\"\nuser = \"u\"\n",
		socketPath: socketDropIn("1110", pop3Port), tlsSocketPath: "[Socket]\nListenStream=99\n",
		servicePath: header + "[Service]\nLoadCredential=tls-cert:/a\nLoadCredential=tls-key:/b\n",
	}), true)
	want := Choice{Users: UsersMySQL, MailRoot: "/srv/a,/srv/b", Port: "1110", TLSPort: "995", Cert: "/a", Key: "/b",
		MySQL: MySQL{Server: "db.example.org", User: "u", DB: "mail"}}
	if got := *m.Choice(); got != want {
		t.Errorf("%+v", got)
	}
	if m := look(t, m.Root, false); m.Choice().TLSPort != "995" || !m.HasOwnTLS() || !m.IsSystemd == m.HasDatabase() {
		t.Errorf("%+v", m.Choice())
	}
}

func TestHomes(t *testing.T) {
	folder := root(t, map[string]string{
		"etc/passwd": "root:x:0:0::/root:/bin/sh\nann:x:1000:1000::/home/ann:/bin/sh\nbob:x:1001:1001::/srv/mail/bob:/bin/sh\n" +
			"eve:x:1002:1002::/tmp/eve:/bin/sh\ngone:x:1003:1003::/gone/x:/bin/sh\nodd:x:1004:1004::/srv/a b/x:/bin/sh\nsvc:x:99:99::/var/lib/svc:/bin/sh\nbroken\n",
		"srv/mail/x": "", "srv/a b/x": "", "var/lib/svc/x": "", "tmp/x": "",
	})
	if err := os.Chmod(filepath.Join(folder, "tmp"), 0o1777); err != nil {
		t.Fatal(err)
	}
	if got := look(t, folder, true).DefaultMailRoot(UsersSystem); got != "/home,/srv/mail" {
		t.Error(got)
	}
}

// A kind of users that setup does not make is not taken for another one.
func TestOtherUsers(t *testing.T) {
	for value, want := range map[string]string{"pam": "pam", "passwd": "", "none": "", "mysql": ""} {
		m := look(t, root(t, map[string]string{ConfigPath: "auth-type = \"" + value + "\"\ntls-cert = \"none\"\n"}), true)
		if got := m.OtherUsers(); got != want || m.HasOwnTLS() {
			t.Errorf("%s: %q", value, got)
		}
	}
	m := look(t, root(t, map[string]string{ConfigPath: "auth-type = [\"mysql\", \"passwd-file\"]\n"}), true)
	if got := m.OtherUsers(); got != "mysql,passwd-file" {
		t.Error(got)
	}
}

// A configuration that cannot be read is an error before anything is asked, without its
// secrets.
func TestLookFails(t *testing.T) {
	_, err := Look(Source{Root: root(t, map[string]string{ConfigPath: "mysql-passwd = s3cret\n"}), Hostname: "a", Now: now})
	if err == nil || strings.Contains(err.Error(), "s3cret") || !strings.Contains(err.Error(), "--check-config") {
		t.Error(err)
	}
}
