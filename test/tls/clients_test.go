//go:build integration

package tls

import (
	"bytes"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// secureClients fetch the whole mailbox through TLS, after STLS or on the port
// for it, and check the server's certificate. They return how many messages
// came.
var secureClients = []struct {
	name  string
	fetch func(t *testing.T, j *clients.Job, implicit bool) int
}{
	{"curl", curlTLS},
	{"poplib", poplibTLS},
	{"mpop", mpopTLS},
	{"fetchmail", fetchmailTLS},
	{"getmail", getmailTLS},
	{"mutt", muttTLS},
}

func TestTLSClients(t *testing.T) {
	s := fixture.StartSecured(t)
	for _, c := range secureClients {
		for _, implicit := range []bool{false, true} {
			if c.name == "getmail" && !implicit {
				continue // It knows no STLS.
			}
			t.Run(fmt.Sprintf("%s/implicit=%t", c.name, implicit), func(t *testing.T) {
				j := clients.NewJob(t, s.Daemon, clients.Keep)
				j.Write(t, "ca.pem", string(s.Authority.PEM), 0o644)
				port := s.Plain
				if implicit {
					port = s.Implicit
				}
				_, j.Port, _ = net.SplitHostPort(port)
				before := len(s.Log())
				if got := c.fetch(t, j, implicit); got != 5 {
					t.Errorf("%d messages came, want 5\n%s", got, s.Log()[before:])
				}
				fixture.Eventually(t, "the log has the end, with TLS", func() bool {
					log := s.Log()[before:]
					return strings.Contains(log, "reason=quit") && strings.Contains(log, `tls="TLSv1.`)
				})
			})
		}
	}
}

// either returns the first text for implicit TLS, else the second.
func either(implicit bool, yes, no string) string {
	if implicit {
		return yes
	}
	return no
}

func curlTLS(t *testing.T, j *clients.Job, implicit bool) int {
	j.Mkdir(t, "out")
	url := either(implicit, "pop3s", "pop3") + "://localhost:" + j.Port + "/[1-5]"
	j.Run(t, nil, "curl", "--silent", "--show-error", "--fail", "--ssl-reqd", "--cacert", "ca.pem",
		"--user", fixture.User+":"+fixture.Password, url, "--output", "out/#1")
	return len(j.Numbered(t, "out"))
}

func poplibTLS(t *testing.T, j *clients.Job, implicit bool) int {
	j.Write(t, "fetch.py", fmt.Sprintf(`
import poplib, ssl
trust = ssl.create_default_context(cafile="ca.pem")
poplib._MAXLINE = 1 << 24
if %s:
    box = poplib.POP3_SSL("localhost", %s, context=trust)
else:
    box = poplib.POP3("localhost", %s)
    assert "STLS" in box.capa(), box.capa()
    box.stls(trust)
assert "STLS" not in box.capa(), box.capa()
box.user("%s")
box.pass_("%s")
for number in range(len(box.list()[1])):
    open("out/%%d" %% (number + 1), "wb").write(b"\n".join(box.retr(number + 1)[1]))
box.quit()
`, either(implicit, "True", "False"), j.Port, j.Port, fixture.User, fixture.Password), 0o644)
	j.Mkdir(t, "out")
	j.Run(t, nil, "python3", "fetch.py")
	return len(j.Numbered(t, "out"))
}

func mpopTLS(t *testing.T, j *clients.Job, implicit bool) int {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	j.Write(t, "mpoprc", fmt.Sprintf(`
defaults
tls on
tls_starttls %s
tls_trust_file %s
auth user
account default
host localhost
port %s
user %s
password %s
uidls_file %s
delivery maildir %s
keep on
`, either(implicit, "off", "on"), j.Path("ca.pem"), j.Port, fixture.User, fixture.Password, j.Path("uidls"), j.Path("mail")), 0o600)
	j.Run(t, nil, "mpop", "--file=mpoprc", "--quiet")
	return len(j.Files(t, nil, "mail/new"))
}

func fetchmailTLS(t *testing.T, j *clients.Job, implicit bool) int {
	j.Mkdir(t, "mail")
	j.Write(t, "fetchmailrc", fmt.Sprintf(`
set no syslog
set no bouncemail
poll localhost with protocol pop3 service %s uidl auth password bad-header accept
	username "%s" there with password "%s" is "nobody" here
	%s sslcertck sslcertfile "%s" fetchall keep
	mda "%s %s"
`, j.Port, fixture.User, fixture.Password, either(implicit, "ssl", `sslproto "auto"`), j.Path("ca.pem"), j.Path("sink.sh"), j.Path("mail")), 0o600)
	j.Run(t, nil, "fetchmail", "--fetchmailrc", "fetchmailrc", "--invisible",
		"--pidfile", j.Path("pid"), "--idfile", j.Path("ids"))
	return len(j.Files(t, nil, "mail"))
}

func getmailTLS(t *testing.T, j *clients.Job, _ bool) int {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp", "state")
	j.Write(t, "getmailrc", fmt.Sprintf(`
[retriever]
type = SimplePOP3SSLRetriever
server = localhost
port = %s
username = %s
password = %s
ca_certs = %s
[destination]
type = Maildir
path = %s/
[options]
verbose = 0
`, j.Port, fixture.User, fixture.Password, j.Path("ca.pem"), j.Path("mail")), 0o600)
	j.Run(t, nil, "/usr/bin/python3", "run-getmail.py", "--getmaildir="+j.Path("state"), "--rcfile="+j.Path("getmailrc"))
	return len(j.Files(t, nil, "mail/new"))
}

func muttTLS(t *testing.T, j *clients.Job, implicit bool) int {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	j.Write(t, "muttrc", fmt.Sprintf(`
set pop_user="%[1]s" pop_pass="%[2]s" pop_authenticators="user" ssl_force_tls=yes ssl_starttls=yes
set ssl_ca_certificates_file="%[3]s/ca.pem" certificate_file="%[3]s/ca.pem"
set pop_delete=no pop_reconnect=no message_cachedir="" header_cache="" tmpdir="%[3]s" folder="%[3]s"
set mbox_type=Maildir confirmappend=no confirmcreate=no move=no quit=yes delete=yes wait_key=no sort=mailbox-order
push "<tag-pattern>~A<enter><tag-prefix><copy-message>%[3]s/mail<enter><quit>"
`, fixture.User, fixture.Password, j.Dir), 0o600)
	command := fmt.Sprintf("exec mutt -n -F muttrc -f %s://localhost:%s/", either(implicit, "pops", "pop"), j.Port)
	j.Run(t, nil, "script", "--quiet", "--return", "--command", command, "/dev/null")
	return len(j.Files(t, nil, "mail/new", "mail/cur"))
}

// A network of its own has an address that is not of the loopback kind. There a
// password is refused in clear, and is taken through TLS; plaintext-login lets
// old clients of one port go on.
func TestTLSRequired(t *testing.T) {
	if os.Getuid() != 0 {
		t.Skip("a network of its own needs root")
	}
	for _, test := range []struct {
		rule  string
		clear bool
	}{{"auto", false}, {"no", false}, {"yes", true}, {"192.0.2.0/24", true}, {"198.51.100.0/24", false}, {"1110=yes", true}, {"2110=yes", false}} {
		t.Run(test.rule, func(t *testing.T) {
			box, dir := fixture.Small(t), t.TempDir()
			// A hash, so that curl does not use APOP, which sends no password.
			sum := sha256.Sum256([]byte(fixture.Password))
			user := daemon.User{Login: fixture.User, Password: "{SHA256}" + base64.StdEncoding.EncodeToString(sum[:]), Maildir: box.Dir}
			if err := daemon.WriteUsers(box.Users, user); err != nil {
				t.Fatal(err)
			}
			authority := certstest.NewAuthority(t)
			cert, key, ca := filepath.Join(dir, "cert"), filepath.Join(dir, "key"), fixture.Write(t, "ca.pem", string(authority.PEM))
			authority.Issue(t, certstest.Leaf{Names: []string{"192.0.2.1"}}).Write(t, cert, key)
			wrapper := filepath.Join(dir, "tpops")
			script := fmt.Sprintf("#!/bin/sh\nexec unshare --net sh -c 'ip link set lo up && ip address add 192.0.2.1/24 dev lo && exec %s \"$@\"' sh \"$@\"\n",
				fixture.Program(t, "tpops"))
			if err := os.WriteFile(wrapper, []byte(script), 0o700); err != nil {
				t.Fatal(err)
			}
			d, err := daemon.Start(wrapper, "--auth-type=passwd-file", "--passwd-file="+box.Users, "--port=1110",
				"--tls-cert="+cert, "--tls-key="+key, "--plaintext-login="+test.rule)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() {
				if err := d.Stop(); err != nil {
					t.Error(err)
				}
			})
			inside := []string{"--net=/proc/" + fmt.Sprint(d.PID()) + "/ns/net", "curl", "--silent", "--show-error",
				"--cacert", ca, "--user", fixture.User + ":" + fixture.Password, "pop3://192.0.2.1:1110/"}
			out, code := output(t, "nsenter", inside...)
			if (code == 0) != test.clear {
				t.Errorf("in clear: status %d: %s\n%s", code, out, d.Log())
			}
			out, code = output(t, "nsenter", append(inside, "--ssl-reqd")...)
			if code != 0 || bytes.Count([]byte(out), []byte("\n")) != 5 {
				t.Errorf("with TLS: status %d: %s\n%s", code, out, d.Log())
			}
		})
	}
}
