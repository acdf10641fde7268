package dovecot

import (
	"errors"
	"net/netip"
	"strings"
	"testing"
	"testing/synctest"

	"tpops/pkg/auth"
	"tpops/pkg/auth/authtest"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
)

// TestContract runs the suite for user databases.
func TestContract(t *testing.T) {
	d, _ := start(t, checkPasswords, findUsers)
	pop3test.TestAuthenticator(t, pop3test.Users{
		Authenticator: d, Login: "ann", Password: "open sesame",
		Account: pop3.Account{Name: "ann", Maildrop: "/home/ann/Maildir", UID: 501, GID: 502},
		Refused: []string{"bob"},
	})
}

// TestSettings runs the suite for settings, from each of the two databases of Dovecot.
func TestSettings(t *testing.T) {
	for _, c := range authtest.SettingCases() {
		if strings.Contains(c.Err, "not supported") {
			continue // Dovecot has many fields of its own.
		}
		t.Run(c.Name(), func(t *testing.T) {
			own := fieldsOf(strings.Fields(c.Text))
			for _, from := range [][2]fields{{own, nil}, {nil, own}} {
				row := auth.NewRow("ann")
				row.Usable = true
				row.Refused = New(Options{Maildir: "Maildir"}).fill(row, from[0], append(from[1], field{"home", "/home/ann"}))
				c.CheckRow(t, row)
			}
		})
	}
}

// answers logs ann in with these replies of the two sockets.
func answers(t *testing.T, passdb, userdb string) (account *pop3.Account, err error) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		d, _ := start(t, afterGreeting(passdb+"\n"), userdbReply(userdb))
		account, err = login(t.Context(), d, "ann")
	})
	return account, err
}

const okAnn = "OK\t%s\tuser=ann"

// TestMaster checks that the account names the master user, for the log.
func TestMaster(t *testing.T) {
	for passdb, want := range map[string]string{okAnn: "", okAnn + "\tauth_user=boss": "boss", okAnn + "\toriginal_user=Ann": ""} {
		account, err := answers(t, passdb, "USER\t%s\tann\thome=/h/a")
		if err != nil || account.Name != "ann" || account.Master != want {
			t.Errorf("%q: %+v, %v", passdb, account, err)
		}
	}
}

// TestAccounts checks the account for what the userdb returns.
func TestAccounts(t *testing.T) {
	for name, tt := range map[string]struct {
		passdb, userdb, maildrop string
		uid, gid                 int
	}{
		"home alone":           {okAnn, "ann\thome=/h/a", "/h/a/Maildir", -1, -1},
		"owner":                {okAnn, "ann\tuid=5\tgid=6\thome=/h/a", "/h/a/Maildir", 5, 6},
		"empty fields":         {okAnn + "\t\toriginal_user=x\t", "ann\t\tuid=5\tgid=6\t\thome=/h/a", "/h/a/Maildir", 5, 6},
		"mail below home":      {okAnn, "ann\thome=/h/a\tmail=maildir:~/Mail", "/h/a/Mail", -1, -1},
		"mail is home":         {okAnn, "ann\thome=/h/a\tmail=maildir:~", "/h/a", -1, -1},
		"mail without home":    {okAnn, "ann\tmail=maildir:/v/a", "/v/a", -1, -1},
		"mail without format":  {okAnn, "ann\tmail=/v/a", "/v/a", -1, -1},
		"INBOX":                {okAnn, "ann\thome=/h/a\tmail=maildir:/v/a:INBOX=~/x:INDEX=/i:CONTROL=/c:LAYOUT=fs", "/h/a/x", -1, -1},
		"2.4":                  {okAnn, "ann\thome=/h/a\tmail_driver=maildir\tmail_path=~/m", "/h/a/m", -1, -1},
		"2.4, INBOX":           {okAnn, "ann\thome=/h/a\tmail_driver=maildir\tmail_path=~/m\tmail_inbox_path=/v/i", "/v/i", -1, -1},
		"an escaped path":      {okAnn, "ann\tmail=maildir:/v/a\x010", "", 0, 0},
		"the userdb's name":    {"OK\t%s\tuser=anne", "ann\thome=/h/a", "/h/a/Maildir", -1, -1},
		"unknown fields":       {okAnn + "\tevent_x=1\tpass=y", "ann\thome=/h/a\tquota_rule=*:bytes=1\tnice=3", "/h/a/Maildir", -1, -1},
		"a master user's name": {okAnn + "\tauth_user=adm\toriginal_user=adm", "ann\thome=/h/a", "/h/a/Maildir", -1, -1},
	} {
		t.Run(name, func(t *testing.T) {
			account, err := answers(t, tt.passdb, "USER\t%s\t"+tt.userdb)
			if tt.maildrop == "" {
				if !errors.Is(err, pop3.ErrPermanent) {
					t.Errorf("%v, %v", account, err)
				}
				return
			}
			if err != nil || account.Name != "ann" || account.Maildrop != tt.maildrop || account.UID != tt.uid || account.GID != tt.gid {
				t.Errorf("%+v, %v", account, err)
			}
		})
	}
}

// TestGroups checks the supplementary groups of a system user.
func TestGroups(t *testing.T) {
	account, err := answers(t, okAnn, "USER\t%s\tann\tuid=5\tgid=6\thome=/h/a\tsystem_groups_user=ann")
	if err != nil || len(account.Groups) != 2 {
		t.Errorf("%+v, %v", account, err)
	}
}

// TestRefusals checks the reply to users who may not log in, and that the error has the
// reason and the name that Dovecot has returned.
func TestRefusals(t *testing.T) {
	home := "USER\t%s\tann\thome=/h/a"
	for name, tt := range map[string]struct {
		passdb, userdb string
		answer         error
		want           string
	}{
		"wrong password":  {"FAIL\t%s\tuser=ann", home, pop3.ErrAuth, "rejected by Dovecot"},
		"reason":          {"FAIL\t%s\tuser=ann\treason=a\x01tb", home, pop3.ErrAuth, `("a\tb")`},
		"disabled":        {"FAIL\t%s\tuser=ann\tcode=user_disabled", home, pop3.ErrAuth, "account is disabled"},
		"disabled, 2.2":   {"FAIL\t%s\tuser=ann\tuser_disabled", home, pop3.ErrAuth, "account is disabled"},
		"expired":         {"FAIL\t%s\tuser=ann\tcode=pass_expired", home, pop3.ErrAuth, "password has expired"},
		"master user":     {"FAIL\t%s\tuser=ann\tcode=authz_fail", home, pop3.ErrAuth, "master user"},
		"unknown code":    {"FAIL\t%s\tuser=ann\tcode=new", home, pop3.ErrAuth, "rejected by Dovecot"},
		"nologin":         {okAnn + "\tnologin\treason=moved", home, pop3.ErrAuth, `nologin ("moved")`},
		"nologin, 2.4":    {okAnn + "\tnologin=", home, pop3.ErrAuth, "nologin"},
		"nologin, host":   {okAnn + "\tnologin\thost=h", home, pop3.ErrAuth, "nologin"},
		"proxy":           {okAnn + "\tproxy\thost=h", home, pop3.ErrPermanent, `another server ("h")`},
		"host":            {okAnn + "\thost=h", home, pop3.ErrPermanent, `another server ("h")`},
		"not in userdb":   {okAnn, "NOTFOUND\t%s", pop3.ErrPermanent, "no such user"},
		"mbox":            {okAnn, home + "\tmail=mbox:~/m", pop3.ErrPermanent, `"mbox" is not supported`},
		"mdbox, 2.4":      {okAnn, home + "\tmail_driver=mdbox\tmail_path=~/m", pop3.ErrPermanent, `"mdbox" is not supported`},
		"layout":          {okAnn, home + "\tmail=maildir:~/m:LAYOUT=index", pop3.ErrPermanent, `layout "index"`},
		"capitals":        {okAnn, home + "\tmail=maildir:~/m:LAYOUT=Maildir++", pop3.ErrPermanent, `layout "Maildir++"`},
		"folder name":     {okAnn, home + "\tmail=maildir:~/m:DIRNAME=x", pop3.ErrPermanent, `option "DIRNAME"`},
		"two locations":   {okAnn, home + "\tmail=maildir:~/a\tmail_path=~/b", pop3.ErrPermanent, "mail and mail_path"},
		"variable":        {okAnn, home + "\tmail=maildir:/v/%u", pop3.ErrPermanent, "has a variable"},
		"another's home":  {okAnn, home + "\tmail=maildir:~bob/m", pop3.ErrPermanent, "other users"},
		"no home":         {okAnn, "USER\t%s\tann", pop3.ErrPermanent, "home \"\" is not absolute"},
		"no home for ~":   {okAnn, "USER\t%s\tann\tmail=maildir:~/m", pop3.ErrPermanent, "returns no home"},
		"parent":          {okAnn, home + "\tmail=maildir:~/../b", pop3.ErrPermanent, `".."`},
		"chroot":          {okAnn, home + "\tchroot=/x", pop3.ErrPermanent, "field chroot"},
		"namespace":       {okAnn, home + "\tnamespace/inbox/location=x", pop3.ErrPermanent, "field namespace"},
		"root":            {okAnn, home + "\tuid=0\tgid=0", pop3.ErrPermanent, "want two numbers above 0"},
		"uid alone":       {okAnn, home + "\tuid=5", pop3.ErrPermanent, "want two numbers above 0"},
		"named uid":       {okAnn, home + "\tuid=ann\tgid=ann", pop3.ErrPermanent, "want two numbers above 0"},
		"mistyped":        {okAnn, home + "\tallow_nets=10.0.0.0/33", pop3.ErrPermanent, "allow_nets"},
		"setting of both": {okAnn + "\tmax_sessions=1", home + "\tmax_sessions=2", pop3.ErrPermanent, "max_sessions is set twice"},
	} {
		t.Run(name, func(t *testing.T) {
			account, err := answers(t, tt.passdb, tt.userdb)
			var about *pop3.UserError
			if account != nil || !errors.Is(err, tt.answer) || !strings.Contains(err.Error(), tt.want) || !errors.As(err, &about) || about.Name != "ann" {
				t.Errorf("%v, %v, want %s", account, err, tt.want)
			}
		})
	}
}

// TestRefusedAtOnce checks that what no user can have is not sent to Dovecot.
func TestRefusedAtOnce(t *testing.T) {
	d, s := start(t, checkPasswords, findUsers)
	for _, a := range []pop3.Attempt{
		{Login: "a\tb", Password: "x"}, {Login: "a\nb", Password: "x"}, {Login: "a\x00b", Password: "x"}, {Login: "", Password: "x"},
		{Login: strings.Repeat("a", auth.MaxLogin+1), Password: "x"}, {Login: "ann", Password: ""}, {Login: "ann", Password: "a\x00b"},
	} {
		if _, err := d.Authenticate(t.Context(), a); !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%+v: %v", a, err)
		}
		if u, err := d.Find(t.Context(), a.Login); a.Login != "ann" && (err != nil || u.Known()) {
			t.Errorf("%q is found: %v", a.Login, err)
		}
	}
	if n := s.count("auth"); n != 0 {
		t.Errorf("%d connections", n)
	}
	if _, err := d.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: strings.Repeat("x", maxRequest)}); !errors.Is(err, pop3.ErrAuth) {
		t.Errorf("long password: %v", err)
	}
}

// TestFind checks a user in a sequence of databases: one that the userdb does not have
// cannot log in, whatever the passdb accepts.
func TestFind(t *testing.T) {
	d, _ := start(t, func(p *peer) {
		p.greet()
		for line := p.next(); line != ""; line = p.next() {
			p.send("OK\t%s\tuser=ann\n", parse(line).id)
		}
	}, findUsers)
	for name, known := range map[string]bool{"ann": true, "bob": false} {
		u, err := d.Find(t.Context(), name)
		if err != nil || u.Known() != known {
			t.Fatalf("%s: %v", name, err)
		}
		account, err := u.Authenticate(t.Context(), pop3.Attempt{Login: name, Password: "x"})
		if (account != nil) != known || !known && !errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v, %v", name, account, err)
		}
	}
}

// TestClientParameters checks what a request tells Dovecot about the connection.
func TestClientParameters(t *testing.T) {
	address := netip.MustParseAddrPort
	for want, c := range map[string]*pop3.Client{
		"": nil,
		"\tsession=s1\tlip=192.0.2.1\tlport=110\trip=2001:db8::1\trport=5": {Session: "s1", Local: address("192.0.2.1:110"), Remote: address("[2001:db8::1]:5")},
		"\tlip=127.0.0.1\tlport=110\trip=192.0.2.9":                        {Local: address("[::ffff:127.0.0.1]:110"), Remote: address("192.0.2.9:0")},
		"\tlip=fe80::1\tlport=110":                                         {Local: address("[fe80::1%eth0]:110")},
		"\tsession=a\x01tb":                                                {Session: "a\tb"},
	} {
		if got := describe(c); got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
	if got := secured(&pop3.Client{TLS: true}); got != "\tsecured=tls" {
		t.Errorf("%q", got)
	}
}

// TestLocated checks what tools find out about a user, for whom no password is known and
// the passdb is not asked. It is nothing that a login may use.
func TestLocated(t *testing.T) {
	for _, test := range []struct{ reply, maildir, err string }{
		{"USER\t%s\tann\tuid=501\tgid=502\thome=/h/a", "/h/a/Maildir", ""},
		{"USER\t%s\tann\tuid=501\tgid=502\thome=/h/a\tmail=maildir:~/M", "/h/a/M", ""},
		{"USER\t%s\tann\tuid=501\tgid=502\thome=/h/a\tmail=mbox:~/m", "", "not supported"},
		{"USER\t%s\tann\tuid=0\tgid=502\thome=/h/a", "", "uid"},
		{"NOTFOUND\t%s", "", "no such user"},
	} {
		synctest.Test(t, func(t *testing.T) {
			d, _ := start(t, nil, userdbReply(test.reply))
			user, err := d.Find(t.Context(), "Ann")
			if err != nil {
				t.Fatal(err)
			}
			if _, ok := user.(auth.ProvenUser); ok {
				t.Error("a login could do without the passdb")
			}
			account, err := user.(auth.LocatedUser).Located(t.Context())
			switch {
			case test.err != "":
				if err == nil || !strings.Contains(err.Error(), test.err) {
					t.Errorf("%s: %v", test.reply, err)
				}
			case err != nil || account.Name != "ann" || account.Maildrop != test.maildir || account.UID != 501 || account.GID != 502:
				t.Errorf("%s: %+v, %v", test.reply, account, err)
			}
		})
	}
}
