//go:build integration

package auth

import (
	"bytes"
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	xdg "github.com/xdg-go/scram"

	"tpops/pkg/certs/certstest"
	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// saslClients log in by a mechanism and fetch the mailbox. They return how many
// messages came.
var saslClients = []struct {
	name       string
	mechanisms string // as the client writes them
	fetch      func(t *testing.T, j *clients.Job, mechanism string) int
}{
	{"curl", "PLAIN LOGIN CRAM-MD5", curlSASL},
	{"mpop", "plain login cram-md5 scram-sha-1 scram-sha-256", mpopSASL},
	{"fetchmail", "cram-md5", fetchmailSASL},
	{"mutt", "plain cram-md5", muttSASL},
}

func TestSASLClients(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t)
	for _, c := range saslClients {
		for mechanism := range strings.FieldsSeq(c.mechanisms) {
			t.Run(c.name+"/"+mechanism, func(t *testing.T) { fetchBy(t, d, c.fetch, mechanism) })
		}
	}
}

// fetchBy lets a client fetch, and looks in the log whether it has done so by
// the mechanism.
func fetchBy(t *testing.T, d *daemon.Daemon, fetch func(*testing.T, *clients.Job, string) int, mechanism string) {
	t.Helper()
	before := len(d.Log())
	if got := fetch(t, clients.NewJob(t, d, clients.Keep), mechanism); got != 5 {
		t.Errorf("%d messages came, want 5\n%s", got, d.Log()[before:])
	}
	method := "method=" + strings.ToUpper(mechanism)
	fixture.Eventually(t, "the login is logged", func() bool { return strings.Contains(d.Log()[before:], method) })
}

// curlAs fetches the first message by curl, and then what it lists.
func curlAs(t *testing.T, j *clients.Job, args ...string) int {
	t.Helper()
	j.Write(t, "list", "", 0o600)
	url := "pop3://localhost:" + j.Port + "/"
	args = append([]string{"--silent", "--show-error", "--fail", "--resolve", "localhost:" + j.Port + ":" + j.Host}, args...)
	j.Run(t, nil, "curl", append(args, "--output", j.Path("message"), url+"1")...)
	j.Run(t, nil, "curl", append(args, "--output", j.Path("list"), url)...)
	return strings.Count(fixture.Read(t, j.Path("list")), "\n")
}

func curlSASL(t *testing.T, j *clients.Job, mechanism string) int {
	as := []string{"--user", fixture.User + ":" + fixture.Password, "--login-options", "AUTH=" + mechanism}
	curlAs(t, j, append(as, "--sasl-ir")...)
	return curlAs(t, j, as...)
}

func mpopSASL(t *testing.T, j *clients.Job, mechanism string) int {
	return mpopAs(t, j, mechanism, fixture.Password)
}

func mpopAs(t *testing.T, j *clients.Job, mechanism, secret string) int {
	t.Helper()
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	j.Write(t, "mpoprc", fmt.Sprintf("account default\ntls off\nauth %s\nhost %s\nport %s\nuser %s\npassword %s\nkeep on\nuidls_file %s\ndelivery maildir %s\n",
		mechanism, j.Host, j.Port, fixture.User, secret, j.Path("uidls"), j.Path("mail")), 0o600)
	j.Run(t, nil, "mpop", "--file=mpoprc", "--quiet")
	return len(j.Files(t, nil, "mail/new"))
}

func fetchmailSASL(t *testing.T, j *clients.Job, mechanism string) int {
	j.Mkdir(t, "mail")
	j.Write(t, "fetchmailrc", fmt.Sprintf("set no syslog\nset no bouncemail\npoll %s with protocol pop3 service %s auth %s bad-header accept\n"+
		"username %q there with password %q is \"nobody\" here no rewrite fetchall keep sslproto \"\" mda \"%s %s\"\n",
		j.Host, j.Port, mechanism, fixture.User, fixture.Password, j.Path("sink.sh"), j.Path("mail")), 0o600)
	j.Run(t, []int{1}, "fetchmail", "--fetchmailrc", "fetchmailrc", "--invisible", "--pidfile", j.Path("pid"), "--idfile", j.Path("ids"))
	return len(j.Files(t, nil, "mail"))
}

// TestSCRAMKeys stores what our program and Dovecot's make of a password, and
// logs in by SCRAM and without; and has each of them check what the other made.
func TestSCRAMKeys(t *testing.T) {
	box := fixture.Small(t)
	makers := []struct {
		name string
		make func(t *testing.T, scheme string) string
	}{
		{"tpops_passwd", func(t *testing.T, scheme string) string {
			t.Helper()
			cmd := exec.Command(fixture.Program(t, "tpops_passwd"), "--hash", scheme, "--iterations", "5000")
			cmd.Stdin = strings.NewReader(fixture.Password + "\n")
			return outputOf(t, cmd)
		}},
		{"doveadm", func(t *testing.T, scheme string) string {
			t.Helper()
			return outputOf(t, exec.Command("doveadm", "pw", "-s", scheme, "-p", fixture.Password))
		}},
	}
	for _, maker := range makers {
		for _, scheme := range []string{"SCRAM-SHA-1", "SCRAM-SHA-256"} {
			t.Run(maker.name+"/"+scheme, func(t *testing.T) {
				stored := maker.make(t, scheme)
				if verdict := outputOf(t, exec.Command("doveadm", "pw", "-t", stored, "-p", fixture.Password)); !strings.Contains(verdict, "(verified)") {
					t.Errorf("doveadm reports %s", verdict)
				}
				box.StoredAs(t, stored)
				d := box.Start(t)
				fetchBy(t, d, mpopSASL, strings.ToLower(scheme))
				client, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
				if err != nil {
					t.Fatal(err)
				}
				fixture.Session{Client: client, T: t}.OK("QUIT")
				if _, err := daemon.Login(d.Addr, fixture.User, fixture.Password+"x"); err == nil {
					t.Error("another password is taken")
				}
				capa := fixture.Capabilities(t, d.Addr)
				if want := "SASL PLAIN LOGIN " + scheme + "\r\n"; !strings.Contains(capa, want) {
					t.Errorf("announced:\n%s", capa)
				}
			})
		}
	}
}

func outputOf(t *testing.T, cmd *exec.Cmd) string {
	t.Helper()
	var complaint bytes.Buffer
	cmd.Stderr = &complaint
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s", cmd, err, &complaint)
	}
	return strings.TrimSpace(string(out))
}

// TestChannelBinding binds the authentication to a connection by each kind of
// binding, with another implementation of SCRAM and Go's TLS.
func TestChannelBinding(t *testing.T) {
	s := fixture.StartSecured(t)
	s.Box.StoredAs(t, "{PLAIN}"+fixture.Password)
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		for _, kind := range []string{"tls-exporter", "tls-server-end-point", "tls-unique"} {
			if kind == "tls-unique" && version == tls.VersionTLS13 {
				continue // It has none (RFC 9266 §1).
			}
			t.Run(tls.VersionName(version)+"/"+kind, func(t *testing.T) {
				conn, err := tls.Dial("tcp", s.Implicit, &tls.Config{
					RootCAs: s.Authority.Pool(), ServerName: "localhost", MinVersion: version, MaxVersion: version,
				})
				if err != nil {
					t.Fatal(err)
				}
				defer conn.Close()
				client := daemon.NewClient(conn)
				if _, err := client.Line(); err != nil {
					t.Fatal(err)
				}
				state := conn.ConnectionState()
				bound(t, client, binding(t, kind, &state))
			})
		}
	}
}

func binding(t *testing.T, kind string, state *tls.ConnectionState) xdg.ChannelBinding {
	t.Helper()
	var b xdg.ChannelBinding
	var err error
	switch kind {
	case "tls-exporter":
		b, err = xdg.NewTLSExporterBinding(state)
	case "tls-server-end-point":
		b, err = xdg.NewTLSServerEndpointBinding(state)
	case "tls-unique":
		b = xdg.NewTLSUniqueBinding(state.TLSUnique)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// bound logs in by SCRAM-SHA-256-PLUS.
func bound(t *testing.T, client *daemon.Client, b xdg.ChannelBinding) {
	t.Helper()
	scram, err := xdg.SHA256.NewClient(fixture.User, fixture.Password, "")
	if err != nil {
		t.Fatal(err)
	}
	conversation := scram.NewConversationWithChannelBinding(b)
	line := converse(fixture.Session{Client: client, T: t}, "SCRAM-SHA-256-PLUS", conversation)
	if !strings.HasPrefix(line, "+OK user has 5 messages") || !conversation.Valid() {
		t.Errorf("%q; the server has proved itself: %t", line, conversation.Valid())
	}
}

// TestExternal logs in by a client's certificate.
func TestExternal(t *testing.T) {
	authority := certstest.NewAuthority(t)
	s := fixture.StartSecured(t, "--tls-client-ca="+fixture.Write(t, "clients.pem", string(authority.PEM)))
	for _, name := range []string{fixture.User, "other"} {
		t.Run(name, func(t *testing.T) {
			j := clients.NewJob(t, s.Daemon, clients.Keep)
			j.Write(t, "ca.pem", string(s.Authority.PEM), 0o644)
			authority.Issue(t, certstest.Leaf{CommonName: name}).Write(t, j.Path("cert.pem"), j.Path("key.pem"))
			j.Own(t, j.Path("cert.pem"))
			j.Own(t, j.Path("key.pem"))
			args := []string{"--ssl-reqd", "--cacert", "ca.pem", "--cert", "cert.pem", "--key", "key.pem", "--user", fixture.User + ":", "--login-options", "AUTH=EXTERNAL"}
			before := len(s.Log())
			if name == fixture.User {
				if got := curlAs(t, j, args...); got != 5 {
					t.Errorf("%d messages are listed", got)
				}
				fixture.Eventually(t, "the login is logged", func() bool { return strings.Contains(s.Log()[before:], "method=EXTERNAL") })
				return
			}
			// The certificate of one user is none for another: curl's 67.
			j.Run(t, []int{67}, "curl", append(args, "--silent", "--resolve", "localhost:"+s.Port+":"+s.Host, "pop3://localhost:"+s.Port+"/")...)
			fixture.Eventually(t, "the refusal is logged", func() bool { return strings.Contains(s.Log()[before:], "login failed") })
		})
	}
}

// oauthClients log in by a token.
var oauthClients = []struct {
	name, mechanism string
	fetch           func(t *testing.T, j *clients.Job, token string) int
}{
	{"curl", "OAUTHBEARER", curlOAuth}, // which it uses even if XOAUTH2 is asked for
	{"mpop", "OAUTHBEARER", func(t *testing.T, j *clients.Job, token string) int { return mpopAs(t, j, "oauthbearer", token) }},
	{"mpop", "XOAUTH2", func(t *testing.T, j *clients.Job, token string) int { return mpopAs(t, j, "xoauth2", token) }},
}

func curlOAuth(t *testing.T, j *clients.Job, token string) int {
	as := []string{"--user", fixture.User, "--oauth2-bearer", token}
	curlAs(t, j, append(as, "--sasl-ir")...)
	return curlAs(t, j, as...)
}

// TestOAuthKeys logs in by tokens that are signed with a key in a file.
func TestOAuthKeys(t *testing.T) {
	i := newIssuer(t)
	token := func(audience string) string {
		c := claims("")
		c["aud"], c["sub"] = audience, fixture.User
		return i.token(t, c)
	}
	d := fixture.Small(t).Start(t, append(i.params(), "--oauth-login-claim=sub", "--error-interval=0")...)
	checkTokens(t, d, token("pop"), token("imap"))
}

// TestOAuthIntrospection asks a server about tokens, by the one port to which
// the daemon may connect.
func TestOAuthIntrospection(t *testing.T) {
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		id, secret, _ := r.BasicAuth()
		good := id == "tpops" && secret == "s3cret" && r.PostFormValue("token") == "good"
		fmt.Fprintf(w, `{"active":%t,"username":%q}`, good, fixture.User)
	}))
	defer server.Close()
	box := fixture.Small(t)
	secret := filepath.Join(filepath.Dir(box.Users), "secret")
	if err := os.WriteFile(secret, []byte("s3cret\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	d := box.Start(t, "--oauth-tokens=introspection", "--oauth-introspection-url="+server.URL, "--oauth-client-id=tpops",
		"--oauth-client-secret-file="+secret, "--oauth-login-claim=username", "--error-interval=0", "--mail-roots="+box.Dir)
	checkTokens(t, d, "good", "bad")
}

// checkTokens logs in by a good token with each client, and tries a bad one.
func checkTokens(t *testing.T, d *daemon.Daemon, good, bad string) {
	t.Helper()
	for _, c := range oauthClients {
		t.Run(c.name+"/"+c.mechanism, func(t *testing.T) {
			fetchBy(t, d, func(t *testing.T, j *clients.Job, _ string) int { return c.fetch(t, j, good) }, c.mechanism)
		})
	}
	client, _, err := daemon.Dial(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	response := base64.StdEncoding.EncodeToString([]byte("n,a=" + fixture.User + ",\x01auth=Bearer " + bad + "\x01\x01"))
	line, err := client.Command("AUTH OAUTHBEARER " + response)
	challenge, decodeErr := base64.StdEncoding.DecodeString(strings.TrimPrefix(line, "+ "))
	if err != nil || decodeErr != nil || !strings.Contains(string(challenge), `"status":"invalid_token"`) {
		t.Errorf("%q, %v, %v", challenge, err, decodeErr)
	}
	if line, err := client.Command("AQ=="); err != nil || !strings.HasPrefix(line, "-ERR [AUTH]") {
		t.Errorf("%q, %v", line, err)
	}
	d.Stop() // Then all is in the log.
	if strings.Contains(d.Log(), good) || strings.Contains(d.Log(), bad+" ") {
		t.Error("a token is in the log")
	}
}

func muttSASL(t *testing.T, j *clients.Job, mechanism string) int {
	j.Mkdir(t, "mail", "mail/new", "mail/cur", "mail/tmp")
	j.Write(t, "muttrc", fmt.Sprintf(`
set pop_user="%[1]s" pop_pass="%[2]s" pop_authenticators="%[3]s" ssl_force_tls=no ssl_starttls=no
set pop_delete=no pop_reconnect=no message_cachedir="" header_cache="" tmpdir="%[4]s" folder="%[4]s"
set mbox_type=Maildir confirmappend=no confirmcreate=no move=no quit=yes delete=yes wait_key=no sort=mailbox-order weed=no
push "<tag-pattern>~A<enter><tag-prefix><copy-message>%[4]s/mail<enter><quit>"
`, fixture.User, fixture.Password, mechanism, j.Dir), 0o600)
	command := fmt.Sprintf("exec mutt -n -F muttrc -f pop://%s/", j.Addr)
	j.Run(t, nil, "script", "--quiet", "--return", "--command", command, "/dev/null")
	return len(j.Files(t, nil, "mail/new", "mail/cur"))
}
