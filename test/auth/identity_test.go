//go:build integration

package auth

import (
	"crypto/tls"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	xdg "github.com/xdg-go/scram"

	"tpops/pkg/certs/certstest"
	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// victim is the user whose mailbox others want.
const victim = "victim@example.org"

// identities issues certificates and tokens for any name.
type identities struct {
	authority *certstest.Authority
	issuer    *issuer
	params    []string // of a server that accepts them
}

func newIdentities(t *testing.T) *identities {
	t.Helper()
	i := &identities{authority: certstest.NewAuthority(t), issuer: newIssuer(t)}
	dir := t.TempDir()
	cert, key := filepath.Join(dir, "cert.pem"), filepath.Join(dir, "key.pem")
	i.authority.Issue(t, certstest.Leaf{Names: []string{"localhost"}}).Write(t, cert, key)
	i.params = append(i.issuer.params(),
		"--tls-cert="+cert, "--tls-key="+key, "--tls-port=127.0.0.1:0", "--tls-client-ca="+fixture.Write(t, "ca.pem", string(i.authority.PEM)),
		"--error-interval=0", "--guess-delay-max=0", "--maildir-lock=no", "--syslog=none")
	return i
}

// prover is a server, and the identities that prove names to it.
type prover struct {
	*identities
	*daemon.Daemon
	implicit string // address for TLS
}

func (i *identities) start(t *testing.T, params ...string) *prover {
	t.Helper()
	p := &prover{identities: i, Daemon: fixture.Start(t, append(slices.Clone(i.params), params...)...)}
	p.implicit = fixture.ImplicitTLS(t, p.Daemon)
	return p
}

// external logs in by a certificate and returns the answer.
func (p *prover) external(t *testing.T, leaf certstest.Leaf) string {
	t.Helper()
	pair := p.authority.Issue(t, leaf).Pair(t)
	conn, err := tls.Dial("tcp", p.implicit, &tls.Config{RootCAs: p.authority.Pool(), ServerName: "localhost", Certificates: []tls.Certificate{pair}})
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	client := fixture.Session{Client: daemon.NewClient(conn), T: t}
	if _, err := client.Line(); err != nil {
		t.Fatal(err)
	}
	return client.Answer("AUTH EXTERNAL =")
}

// bearer logs in by a token and returns the answer.
func (p *prover) bearer(t *testing.T, mechanism, response, token string) string {
	t.Helper()
	client := fixture.Dial(t, p.Daemon)
	defer client.Close()
	text := base64.StdEncoding.EncodeToString([]byte(response + "\x01auth=Bearer " + token + "\x01\x01"))
	answer := client.Answer("AUTH " + mechanism)
	if !strings.HasPrefix(answer, "+") {
		return answer
	}
	if answer = client.Answer(text); strings.HasPrefix(answer, "+ ") {
		return client.Answer("AQ==") // The line before was the reason.
	}
	return answer
}

// prove proves a name in all ways, and returns the answers.
func (p *prover) prove(t *testing.T, name string) map[string]string {
	t.Helper()
	token := p.issuer.token(t, claims(name))
	return map[string]string{
		"EXTERNAL":               p.external(t, certstest.Leaf{CommonName: name}),
		"OAUTHBEARER":            p.bearer(t, "OAUTHBEARER", "n,,", token),
		"OAUTHBEARER, as name":   p.bearer(t, "OAUTHBEARER", "n,a="+name+",", token),
		"OAUTHBEARER, as victim": p.bearer(t, "OAUTHBEARER", "n,a="+victim+",", token),
		"XOAUTH2, as name":       p.bearer(t, "XOAUTH2", "user="+name, token),
		"XOAUTH2, as victim":     p.bearer(t, "XOAUTH2", "user="+victim, token),
	}
}

// similar are names of others that a collation may take for the victim's, or a
// careless program may make it.
var similar = []string{
	"víctim@example.org", "victim@examplé.org", "VÍCTIM@EXAMPLE.ORG", "vi\u0301ctim@example.org", "victim\u200b@example.org",
	"ｖictim@example.org", "vıctim@example.org", "victim@example.org ", "victim@example.org  ", " victim@example.org",
	"victim@example.org\u00a0", "victim @example.org", "other@example.org", "victim", "%", "victi_@example.org",
}

// userTable is a database with the victim, and whether
// it finds the victim by the name in capitals, with an accent, and with a space
// at the end.
type userTable struct {
	name                   string
	params                 []string
	capital, accent, blank bool
}

// mailboxOfVictim makes a Maildir of three messages.
func mailboxOfVictim(t *testing.T) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "Maildir")
	if err := corpus.Write(dir, corpus.Messages(1, 3)); err != nil {
		t.Fatal(err)
	}
	return dir
}

// looseTables makes tables of users in MariaDB: without a collation of their own,
// as TPOPS made them before, and as it makes and upgrades them now.
func looseTables(t *testing.T) []userTable {
	t.Helper()
	s := mariadb.New(t, false)
	s.Exec("create user tpops@'%' identified by 'p'")
	dir := mailboxOfVictim(t)
	old := "create table user (uid int unsigned not null auto_increment primary key, login varchar(255) not null unique, passwd varchar(255), " +
		"mail varchar(255), maildir varchar(1024)) engine=InnoDB default charset=utf8mb4"
	upgrade := fixture.Read(t, "../../packaging/sql/tpops_auth-mysql-upgrade.sql")
	tables := []userTable{
		{name: "defaults", params: []string{old}, capital: true, accent: true, blank: true},
		{name: "general", params: []string{old + " collate utf8mb4_general_ci"}, capital: true, accent: true, blank: true},
		{name: "uca", params: []string{old + " collate utf8mb4_uca1400_ai_ci"}, capital: true, accent: true, blank: true},
		{name: "shipped", params: []string{fixture.Read(t, "../../packaging/sql/tpops_auth-mysql.sql")}, blank: true},
		{name: "upgraded", params: []string{old + " collate utf8mb4_general_ci", upgrade, upgrade}, blank: true},
		{name: "upgraded_08", params: []string{mariadb.Table08 + " default charset=latin1", upgrade}, blank: true},
	}
	for i, table := range tables {
		s.Exec("create database " + table.name)
		for _, text := range table.params {
			text = strings.Replace(text, "create table user", "create table "+table.name+".user", 1)
			s.Exec(strings.Replace(text, "alter table user", "alter table "+table.name+".user", 1))
		}
		s.Exec("grant select (login, passwd, maildir) on "+table.name+".user to tpops@'%'",
			fmt.Sprintf("insert into %[1]s.user (login,passwd,mail,maildir) values ('%[2]s','%[3]s','%[2]s','%[4]s')", table.name, victim, fixture.Password, dir))
		tables[i].params = []string{"--auth-type=mysql", "--mysql-server=" + s.Socket, "--mysql-user=tpops", "--mysql-passwd=p", "--mysql-db=" + table.name}
	}
	return tables
}

// TestIdentity proves names to servers with each kind of user database: only the
// very name in the row opens the mailbox.
func TestIdentity(t *testing.T) {
	i := newIdentities(t)
	tables := looseTables(t)
	file := fixture.Write(t, "users", victim+":{PLAIN}"+fixture.Password+":::::userdb_mail="+mailboxOfVictim(t)+"\n")
	tables = append(tables, userTable{name: "passwd-file", params: []string{"--auth-type=passwd-file", "--passwd-file=" + file}})
	for _, table := range tables {
		for _, names := range []string{"ascii", "any"} {
			t.Run(table.name+"/"+names, func(t *testing.T) {
				p := i.start(t, append(table.params, "--identity-names="+names)...)
				for _, name := range similar {
					for way, answer := range p.prove(t, name) {
						if !strings.HasPrefix(answer, "-ERR") {
							t.Errorf("%q by %s: %s", name, way, answer)
						}
					}
				}
				testOwnName(t, p, victim, victim, true)
				testOwnName(t, p, "VICTIM@Example.org", victim, table.capital)
				if names == "ascii" {
					testPasswordNames(t, p, table)
				}
			})
		}
	}
}

// testOwnName proves a name that is the row's, perhaps in letters of other case.
// The log has both.
func testOwnName(t *testing.T, p *prover, name, row string, in bool) {
	t.Helper()
	for way, answer := range p.prove(t, name) {
		if in != strings.HasPrefix(answer, "+OK "+row+" has 3 messages") {
			t.Errorf("%q by %s: %s", name, way, answer)
		}
	}
	if in {
		fixture.Logged(t, p, "user="+row+" method=OAUTHBEARER identity="+name+" messages=3", " method=EXTERNAL identity="+name+" messages=3")
	}
}

// testPasswordNames logs in with the password of the row, by which the database
// alone decides which names are the user's.
func testPasswordNames(t *testing.T, p *prover, table userTable) {
	t.Helper()
	for name, found := range map[string]bool{
		victim: true, "VICTIM@example.org": table.capital, "víctim@example.org": table.accent, victim + " ": table.blank,
	} {
		want := map[bool]string{true: `^\+OK ` + victim + ` has 3 messages`, false: `^-ERR \[AUTH\] authentication failed$`}[found]
		c := fixture.Dial(t, p.Daemon)
		c.Want("AUTH PLAIN "+base64.StdEncoding.EncodeToString([]byte("\x00"+name+"\x00"+fixture.Password)), want)
		c.Close()
		if !strings.Contains(name, " ") { // which APOP cannot send
			fixture.APOP(t, p.Daemon, name, fixture.Password, want)
		}
		if answer := scramAs(t, p.Daemon, name, fixture.Password); found != strings.HasPrefix(answer, "+OK "+victim) {
			t.Errorf("SCRAM as %q: %s", name, answer)
		}
		if answer := scramAs(t, p.Daemon, name, "wrong"); !strings.HasPrefix(answer, "-ERR [AUTH] authentication failed") {
			t.Errorf("SCRAM as %q with a wrong password: %s", name, answer)
		}
	}
}

// scramAs logs in by SCRAM-SHA-256 and returns the answer.
func scramAs(t *testing.T, d *daemon.Daemon, name, secret string) string {
	t.Helper()
	scram, err := xdg.SHA256.NewClientUnprepped(name, secret, "")
	if err != nil {
		t.Fatal(err)
	}
	client, conversation := fixture.Dial(t, d), scram.NewConversation()
	defer client.Close()
	return converse(client, "SCRAM-SHA-256", conversation)
}

// TestIdentitySystemUser does the same for a system user.
func TestIdentitySystemUser(t *testing.T) {
	fixture.NeedRoot(t)
	u := fixture.AddSystemUser(t)
	p := newIdentities(t).start(t, "--auth-type=passwd", "--identity-names=any")
	for _, name := range []string{strings.ToUpper(u.Name), u.Name + " ", " " + u.Name, strings.Replace(u.Name, "e", "é", 1), u.Name + "\u200b", "root"} {
		for way, answer := range p.prove(t, name) {
			if !strings.HasPrefix(answer, "-ERR") {
				t.Errorf("%q by %s: %s", name, way, answer)
			}
		}
	}
	if answer := p.external(t, certstest.Leaf{CommonName: u.Name}); !strings.HasPrefix(answer, "+OK "+u.Name+" has 3 messages") {
		t.Errorf("own name: %s", answer)
	}
	if answer := p.bearer(t, "OAUTHBEARER", "n,,", p.issuer.token(t, claims(u.Name))); !strings.HasPrefix(answer, "+OK "+u.Name+" has 3 messages") {
		t.Errorf("own name: %s", answer)
	}
}

// TestIdentityClaims sends tokens whose claims override others in a reader that
// ignores case.
func TestIdentityClaims(t *testing.T) {
	file := fixture.Write(t, "users", victim+":{PLAIN}"+fixture.Password+":::::userdb_mail="+mailboxOfVictim(t)+"\n")
	p := newIdentities(t).start(t, "--auth-type=passwd-file", "--passwd-file="+file)
	for name, change := range map[string]struct {
		more map[string]any
		in   bool
	}{
		"audience":             {map[string]any{"aud": "other", "Aud": "pop"}, false},
		"expiry":               {map[string]any{"exp": time.Now().Add(-time.Hour).Unix(), "EXP": time.Now().Add(time.Hour).Unix()}, false},
		"verified":             {map[string]any{"email_verified": false, "Email_Verified": true}, false},
		"name":                 {map[string]any{"email": "other@example.org", "Email": victim}, false},
		"verified as text":     {map[string]any{"email_verified": "true"}, true},
		"not verified as text": {map[string]any{"email_verified": "false"}, false},
	} {
		c := claims(victim)
		for claim, value := range change.more {
			c[claim] = value
		}
		if answer := p.bearer(t, "OAUTHBEARER", "n,,", p.issuer.token(t, c)); strings.HasPrefix(answer, "+OK") != change.in {
			t.Errorf("%s: %s", name, answer)
		}
	}
}

// TestGuardSpellings guesses under ever new spellings of one name: they count together,
// whether the table takes them for the same user or not. Some that have to wait at once are
// refused.
func TestGuardSpellings(t *testing.T) {
	first := []string{"VICTIM@example.org", "víctim@example.org", "Victim@example.org", "vICTIM@example.org"}
	atOnce := []string{"victïm@example.org", "ViCtIm@example.org", "viCtim@example.org", "vicTim@example.org", "victIm@example.org"}
	for _, table := range looseTables(t)[2:4] {
		t.Run(table.name, func(t *testing.T) {
			d := fixture.Start(t, append(table.params, "--error-interval=0", "--syslog=none")...)
			for _, name := range first {
				if line, err := guess(t, d, name).Line(); !strings.HasPrefix(line, "-ERR [AUTH]") {
					t.Fatalf("%q, %v", line, err)
				}
			}
			var guesses []fixture.Session
			for _, name := range atOnce {
				guesses = append(guesses, guess(t, d, name))
			}
			refused := 0
			for _, c := range guesses {
				line, err := c.Line()
				if err != nil || !strings.HasPrefix(line, "-ERR") {
					t.Errorf("%q, %v", line, err)
				}
				refused += strings.Count(line, "too many failed logins")
			}
			if refused == 0 {
				t.Error("no guess was refused")
			}
		})
	}
}

// guess sends a wrong password.
func guess(t *testing.T, d *daemon.Daemon, name string) fixture.Session {
	t.Helper()
	c := fixture.Dial(t, d)
	c.OK("USER " + name)
	if err := c.Send("PASS wrong " + name); err != nil {
		t.Fatal(err)
	}
	return c
}
