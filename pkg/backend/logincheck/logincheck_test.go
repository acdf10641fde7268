package logincheck

import (
	"encoding/json"
	"fmt"
	"log/slog"
	"net/netip"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/backend"
	"tpops/pkg/backend/scramstate"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/config"
	"tpops/pkg/guard"
	"tpops/pkg/pop3"
)

const hash = "$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4."

// site is a Maildir and the users that have it.
type site struct{ root, maildir, users string }

func newSite(t *testing.T) site {
	t.Helper()
	root := t.TempDir()
	s := site{root, filepath.Join(root, "box"), filepath.Join(root, "users")}
	for _, name := range []string{"cur", "new", "tmp"} {
		if err := os.MkdirAll(filepath.Join(s.maildir, name), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 3 {
		if err := os.WriteFile(fmt.Sprintf("%s/new/%d.M1.host", s.maildir, i), []byte("a\n"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	rows := ""
	row := func(login, password, mail, extra string) {
		rows += fmt.Sprintf("%s:%s::::%s::userdb_mail=maildir:%s %s\n", login, password, root, mail, extra)
	}
	row("ann", "{PLAIN}topsecret", s.maildir, "")
	row("short", "{PLAIN}topsec", s.maildir, "")
	row("hashed", hash, s.maildir, "")
	row("closed", "*", s.maildir, "")
	row("nopop", "{PLAIN}topsecret", s.maildir, "pop3=no")
	row("near", "{PLAIN}topsecret", s.maildir, "allow_nets=192.0.2.0/24")
	row("tls", "{PLAIN}topsecret", s.maildir, "tls=required")
	row("typo", "{PLAIN}topsecret", s.maildir, "max_sessions=many")
	row("one", "{PLAIN}topsecret", s.maildir, "max_sessions=1")
	row("outside", "{PLAIN}topsecret", "/usr/share", "")
	row("dots", "{PLAIN}topsecret", root+"/../box", "")
	row("escape", "{PLAIN}topsecret", root+"/\x1b[2Jhidden/Maildir", "")
	row("missing", "{PLAIN}topsecret", root+"/no/such/Maildir", "")
	if err := os.WriteFile(s.users, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return s
}

// checker returns a checker with a configuration.
func (s site) checker(t *testing.T, params ...string) *Checker {
	t.Helper()
	if !strings.Contains(strings.Join(params, " "), "proxy") {
		params = append(params, "--mail-roots="+s.root)
	}
	if !strings.Contains(strings.Join(params, " "), "mysql") {
		params = append(params, "--auth-type=passwd-file", "--passwd-file="+s.users)
	}
	c, err := config.Load(config.Source{Args: params, Hostname: "mail.example.org", DefaultFile: filepath.Join(s.root, "none")})
	if err != nil {
		t.Fatal(err)
	}
	memory, err := guard.New(20)
	if err != nil {
		t.Fatal(err)
	}
	log := slog.New(slog.DiscardHandler)
	env := &backend.Environment{Log: log, Verifier: backend.NewVerifier(&scramstate.State{}, memory), PAM: &userdb.PAM{}, Guard: memory}
	b, err := backend.Open(c, env)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(b.Release)
	return &Checker{Config: c, Backend: b, Open: Opener(c, b.Backend, log, backend.Kept{})}
}

// ask returns the report about a user, which must not have a password.
func ask(t *testing.T, c *Checker, q Question) *Report {
	t.Helper()
	question, err := json.Marshal(q)
	if err != nil {
		t.Fatal(err)
	}
	var r Report
	answer := c.Answer(t.Context(), question, 16<<10)
	if err := json.Unmarshal(answer, &r); err != nil {
		t.Fatal(err)
	}
	for _, secret := range []string{"topsec", "bo/ssIfkwOI", "wrong one"} {
		if strings.Contains(string(answer), secret) {
			t.Errorf("the report has a secret: %s", answer)
		}
	}
	return &r
}

// text returns the steps of a report, one a line.
func (r *Report) text() string {
	var b strings.Builder
	for _, s := range r.Steps {
		fmt.Fprintf(&b, "%s %s %s\n", s.Name, s.Status, s.Text)
	}
	return b.String() + r.Sentence
}

// TestLogin checks for each reason what is reported last, and what to change.
func TestLogin(t *testing.T) {
	c := newSite(t).checker(t)
	right, wrong := "topsecret", "wrong one"
	from := func(address string) netip.Addr { return netip.MustParseAddr(address) }
	for _, test := range []struct {
		name, result, code string
		q                  Question
		want               []string
	}{
		{"works", ResultWorks, "", Question{User: "ann"}, []string{"{PLAIN}, 8 octets or longer", "mailbox ok lock free, 3 messages, 6 octets", "works, if the password is right."}},
		{"short", ResultWorks, "", Question{User: "short"}, []string{"{PLAIN}, shorter than 8"}},
		{"hash", ResultWorks, "", Question{User: "hashed"}, []string{"password {CRYPT}"}},
		{"right password", ResultWorks, "", Question{User: "ann", Password: &right}, []string{"password ok right", "A login of ann works."}},
		{"wrong password", resultRefused, "AUTH", Question{User: "ann", Password: &wrong}, []string{"password failed", "wrong password", "Give the client the right password"}},
		{"no user", resultRefused, "AUTH", Question{User: "nobody"}, []string{"passwd-file: no such user", "Add the user"}},
		{"capital letters", resultRefused, "AUTH", Question{User: "Ann"}, []string{"database warning passwd-file has the user ann: the client must write the name in small letters, or set login-case = lower"}},
		{"closed", resultRefused, "AUTH", Question{User: "closed"}, []string{"no usable password", "disabled", "Enable or renew"}},
		{"no POP3", resultRefused, "SYS/PERM", Question{User: "nopop"}, []string{"may not use POP3", "Set pop3 = yes"}},
		{"network", resultRefused, "SYS/PERM", Question{User: "near", Address: from("198.51.100.1")}, []string{"only from 192.0.2.0/24", "allow_nets"}},
		{"network fits", ResultWorks, "", Question{User: "near", Address: from("192.0.2.9")}, []string{"restrictions ok only from"}},
		{"network unknown", ResultWorks, "", Question{User: "near"}, []string{"name the client by --address"}},
		{"TLS", resultRefused, "SYS/PERM", Question{User: "tls"}, []string{"TLS required", "Let the client use TLS"}},
		{"typo", resultRefused, "SYS/PERM", Question{User: "typo"}, []string{"row failed", "max_sessions", "Correct the row"}},
		{"outside", resultRefused, "SYS/TEMP", Question{User: "outside"}, []string{"path warning /usr/share is outside mail-roots", "mailbox failed"}},
		{"dots", resultRefused, "SYS/PERM", Question{User: "dots"}, []string{"row failed", `has a ".."`, "Correct the path"}},
		{"escape", resultRefused, "SYS/PERM", Question{User: "escape"}, []string{"control characters", `\x1b[2J`}},
		{"missing", resultRefused, "SYS/TEMP", Question{User: "missing"}, []string{"mailbox failed", "namei -l"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			r := ask(t, c, test.q)
			for _, want := range test.want {
				if !strings.Contains(r.text(), want) {
					t.Errorf("no %q in\n%s", want, r.text())
				}
			}
			if r.Result != test.result || r.Code != test.code || strings.Contains(r.text(), "\x1b") {
				t.Errorf("%s, %s\n%s", r.Result, r.Code, r.text())
			}
		})
	}
}

// TestLocked checks that a mailbox that is in use is reported at once.
func TestLocked(t *testing.T) {
	s := newSite(t)
	c := s.checker(t)
	mailbox, err := c.Backend.Open(t.Context(), &pop3.Account{Name: "ann", UID: -1, GID: -1, Maildrop: s.maildir}, nil)
	if err != nil {
		t.Fatal(err)
	}
	defer mailbox.Close()
	r := ask(t, c, Question{User: "ann"})
	if r.Code != string(pop3.CodeInUse) || r.Path != s.maildir || !strings.Contains(r.Sentence, "tpopsctl kick") {
		t.Errorf("%+v", r)
	}
}

// TestGuard checks an address that is refused, a delay of the user, and the limit of
// sessions. The checks themselves are not counted.
func TestGuard(t *testing.T) {
	c := newSite(t).checker(t)
	address, wrong := netip.MustParseAddr("192.0.2.1"), "wrong one"
	for range 30 {
		ask(t, c, Question{User: "ann", Address: address, Password: &wrong})
	}
	if r := ask(t, c, Question{User: "ann", Address: address}); r.Result != ResultWorks || !strings.Contains(r.text(), "guard ok 0 failed logins") {
		t.Errorf("%s", r.text())
	}
	limiter, refusal := c.Backend.Guard.Accept(pop3.Connection{Remote: address, Account: "one"})
	if refusal != nil {
		t.Fatal(refusal)
	}
	defer limiter.Close()
	if r := ask(t, c, Question{User: "one"}); r.Code != "IN-USE" || !strings.Contains(r.Sentence, "max_sessions") {
		t.Errorf("%s", r.text())
	}
	other, refusal := c.Backend.Guard.Accept(pop3.Connection{Remote: address})
	if refusal != nil {
		t.Fatal(refusal)
	}
	for range 5 {
		other.End("ann", pop3.ErrAuth)
	}
	if r := ask(t, c, Question{User: "ann"}); r.Result != ResultWorks || !strings.Contains(r.Sentence, "after a delay of 10s") {
		t.Errorf("%s", r.text())
	}
	for i := range 20 {
		other.End(fmt.Sprint("user", i), pop3.ErrAuth)
	}
	other.Close()
	if r := ask(t, c, Question{User: "hashed", Address: address}); r.Result != resultRefused || !strings.Contains(r.Sentence, "guard-exempt") {
		t.Errorf("%s", r.text())
	}
}

// TestDatabaseAway checks a database that cannot be reached.
func TestDatabaseAway(t *testing.T) {
	c := newSite(t).checker(t, "--auth-type=mysql", "--mysql-server=/nonexistent/socket", "--mysql-db=mail")
	r := ask(t, c, Question{User: "ann"})
	if r.Result != resultRefused || r.Code != "SYS/TEMP" || !strings.Contains(r.text(), "database failed mysql: ") {
		t.Errorf("%s", r.text())
	}
	if r := ask(t, c, Question{}); r.Result != resultRefused || !strings.Contains(r.text(), "database failed mysql: ") {
		t.Errorf("%s", r.text())
	}
}

// TestFirstUID checks an owner who may not be one.
func TestFirstUID(t *testing.T) {
	s := newSite(t)
	row := fmt.Sprintf("low:{PLAIN}topsecret:5:5::%s::userdb_mail=maildir:%s\n", s.root, s.maildir)
	if err := os.WriteFile(s.users, []byte(row), 0o600); err != nil {
		t.Fatal(err)
	}
	r := ask(t, s.checker(t, "--first-uid=1000"), Question{User: "low"})
	if r.Code != "SYS/PERM" || !strings.Contains(r.text(), "owner ok uid 5, gid 5") || !strings.Contains(r.Sentence, "below first-uid") {
		t.Errorf("%s", r.text())
	}
}

// TestAnswerIsBounded checks that the largest report fits in the message of a child.
func TestAnswerIsBounded(t *testing.T) {
	s := newSite(t)
	c := s.checker(t)
	c.Listening = make([]netip.AddrPort, 1000)
	for name, q := range map[string]string{"service": "{}", "user": `{"user":"` + strings.Repeat(`\u0001`, 5000) + `"}`, "none": "x"} {
		answer := c.Answer(t.Context(), []byte(q), 16<<10)
		if len(answer) > 16<<10 || !json.Valid(answer) {
			t.Errorf("%s: %d octets", name, len(answer))
		}
	}
}
