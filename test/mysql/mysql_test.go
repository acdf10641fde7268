//go:build integration

package mysql

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/auth/mysql"
	"tpops/pkg/certs/certstest"
	passwords "tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/pop3/pop3test"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// open returns an authenticator of the server, with the options changed.
func open(t *testing.T, s *mariadb.Server, change func(*mysql.Options)) *mysql.Database {
	t.Helper()
	o := mysql.Options{
		Servers: s.Socket, User: "tpops", Password: mariadb.DatabasePassword, Database: "tpops",
		Timeout: 30 * time.Second, Verifier: passwords.NewVerifier(),
	}
	if change != nil {
		change(&o)
	}
	m, err := mysql.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := m.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return m
}

// wantTrouble holds that err is trouble of the database and no answer.
func wantTrouble(t *testing.T, account *pop3.Account, err error) {
	t.Helper()
	if err == nil || account != nil || errors.Is(err, pop3.ErrAuth) {
		t.Errorf("%v, %v, want trouble that is not ErrAuth", account, err)
	} else if strings.Contains(err.Error(), mariadb.DatabasePassword) || strings.Contains(err.Error(), "open sesame") {
		t.Errorf("a password is in the error: %v", err)
	}
}

// wantRefused holds that err is ErrAuth, with a reason for the log.
func wantRefused(t *testing.T, account *pop3.Account, err error, reason string) {
	t.Helper()
	if account != nil || !errors.Is(err, pop3.ErrAuth) || !strings.Contains(err.Error(), reason) {
		t.Errorf("%v, %v, want ErrAuth for %q", account, err, reason)
	}
}

func TestMySQL(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	t.Run("contract", func(t *testing.T) { testMySQLContract(t, s) })
	t.Run("rows that let nobody in", func(t *testing.T) { testMySQLRefused(t, s) })
	t.Run("mysql-crypt-passwd", func(t *testing.T) { testMySQLCrypt(t, s) })
	t.Run("login names", func(t *testing.T) { testMySQLLogins(t, s) })
	t.Run("columns", func(t *testing.T) { testMySQLColumns(t, s) })
	t.Run("mail elsewhere", func(t *testing.T) { testMySQLElsewhere(t, s) })
	t.Run("parts of the login name", func(t *testing.T) { testMySQLParts(t, s) })
	t.Run("ping", func(t *testing.T) { testMySQLPing(t, s) })
	t.Run("pool", func(t *testing.T) { testMySQLPool(t, s) })
	t.Run("list", func(t *testing.T) { testMySQLList(t, s) })
	t.Run("list of many", func(t *testing.T) { testMySQLListMany(t, s) })
	t.Run("close", func(t *testing.T) { testMySQLClose(t, s) })
}

func testMySQLContract(t *testing.T, s *mariadb.Server) {
	m := open(t, s, nil)
	pop3test.TestAuthenticator(t, pop3test.Users{
		Authenticator: m, Digest: alone(m), Login: "ann", Password: "open sesame",
		Account: pop3.Account{Name: "ann", Maildrop: "/m/ann", UID: -1, GID: -1},
		Refused: []string{"nopw", "empty"},
	})
	if account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ANN", Password: "open sesame"}); err != nil || account.Name != "ann" {
		t.Errorf("a name in capitals, which the table takes for the same: %v, %v", account, err)
	}
	if account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "bob", Password: "{PLAIN}x"}); err != nil || account.Name != "bob" {
		t.Errorf("a password that looks like a scheme: %v, %v", account, err)
	}
}

func testMySQLRefused(t *testing.T, s *mariadb.Server) {
	m := open(t, s, nil)
	for login, reason := range map[string]string{
		"nobody": "no such user",
		"nopw":   "it has no password",
		"empty":  "it has no password",
		"nodir":  "maildrop: no path",
		"rel":    "is relative",
		"up":     `".."`,
	} {
		for _, password := range []string{"open sesame", "", "wrong"} {
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: password})
			switch {
			case password != "open sesame":
				wantRefused(t, account, err, "")
			case strings.HasPrefix(reason, "no such") || strings.HasPrefix(reason, "it has"):
				wantRefused(t, account, err, reason)
			case !errors.Is(err, pop3.ErrPermanent) || !strings.Contains(err.Error(), reason):
				t.Errorf("%s: %v, %v, want ErrPermanent for %q", login, account, err, reason)
			}
		}
	}
}

func testMySQLCrypt(t *testing.T, s *mariadb.Server) {
	mariadb.ExecTPOPS(s, `create table crypted (login varchar(20) primary key, passwd varchar(200), maildir varchar(64) default '/m')`)
	for login, stored := range map[string]string{
		"plain":   `'open sesame'`,
		"des":     `encrypt('open sesame','ab')`,
		"md5":     `encrypt('open sesame','$1$saltsalt$')`,
		"sha512":  `encrypt('open sesame','$6$rounds=1000$short$')`,
		"{crypt}": `concat('{CRYPT}',encrypt('open sesame','$5$saltsalt$'))`,
		"sha":     `to_base64(unhex(sha1('open sesame')))`,
		"{sha}":   `concat('{SHA}',to_base64(unhex(sha1('open sesame'))))`,
		"{plain}": `'{PLAIN}open sesame'`,
		"locked":  `concat('!',encrypt('open sesame','ab'))`,
		"{what}":  `'{WHAT}open sesame'`,
	} {
		mariadb.ExecTPOPS(s, fmt.Sprintf("insert into crypted (login,passwd) values ('%s',%s)", login, stored))
	}
	letIn := map[string][]string{
		"no":    {"plain"},
		"crypt": {"des", "md5", "sha512", "{crypt}"},
		"sha":   {"sha", "{sha}"},
		"yes":   {"des", "md5", "sha512", "{crypt}", "sha", "{sha}", "{plain}"},
	}
	all := []string{"plain", "des", "md5", "sha512", "{crypt}", "sha", "{sha}", "{plain}", "locked", "{what}"}
	for mode, names := range letIn {
		m := open(t, s, func(o *mysql.Options) {
			o.Crypt, o.Query = mode, `select login,passwd,maildir from crypted where login="%s"`
		})
		if got := m.SecretReach(); (got == auth.ForAll) != (mode == "no") {
			t.Errorf("%s: passwords in clear for %v", mode, got)
		}
		for _, login := range all {
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "open sesame"})
			if want := strings.Contains(" "+strings.Join(names, " ")+" ", " "+login+" "); want != (account != nil) {
				t.Errorf("%s: %s: %v, %v", mode, login, account, err)
			} else if !want {
				wantRefused(t, account, err, "")
			}
			account, err = m.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "wrong sesame"})
			wantRefused(t, account, err, "")
		}
	}
}

// testMySQLLogins: whatever a client sends for a name, in whatever character
// set the table is, it neither fits nor makes trouble.
func testMySQLLogins(t *testing.T, s *mariadb.Server) {
	logins := []string{
		`"`, `'`, "`", `\`, `\\`, `\"`, `\'`, `""`, `''`, `ann"`, `ann\`, `"ann"`, `'ann'`,
		`" or "1"="1`, `' or '1'='1`, `" or 1=1 -- `, `" or 1=1#`, `" or 1=1/*`, `\" or 1=1 -- `, `") or ("1"="1`,
		`x" union select "ann","x","/m/ann`, `x' union select 'ann','x','/m/ann`, `"; drop table user; -- `,
		`ann"-- `, `ann'#`, `ann/**/`, `/*!50000 ann*/`, `ann;`, `ann,`, `0`, `1`, `-1`, `1e0`, `0x616e6e`, `null`, `true`,
		`%`, `_`, `a%`, `%%`, `%s`, `%u`, `%d`, `%u@%d`, `%x`, `%!s(int=1)`, `?`, `??`, `:login`, `@@version`, `$1`, `{}`,
		"ann\x00", "\x00", "ann\n", "ann\r", "ann\t", "ann\x1a", "\x08ann", "ann\x7f",
		"änn", "ann\u00a0", "ａｎｎ", "а", "😀", "ann😀", "\u202eann", "ann\u200b", "e\u0301", "İ", "ß", "漢字", "縗", "뽜",
		"\xbf\x27 or 1=1 -- ", "\xbf\x5c", "\x95\x5c", "\xa1\x22", "\xff", "\xc0\xa7", "\xed\xa0\x80", "ann\x80", "\xef\xbc\x87 or 1=1",
		"＇ or 1=1 -- ", "＂ or 1=1", "ʼ or 1=1", "″ or 1=1", strings.Repeat("a", 255), strings.Repeat("ä", 127), strings.Repeat("a", 256), strings.Repeat("\"", 255),
	}
	for i, charset := range []string{"latin1", "ascii", "utf8mb3", "utf8mb4", "binary", "gbk", "sjis", "ucs2", "utf32"} {
		table := fmt.Sprint("users", i)
		mariadb.ExecTPOPS(s, "create table "+table+" (login varchar(64), passwd varchar(64), maildir varchar(64)) character set "+charset,
			"insert into "+table+" values ('ann','open sesame','/m/ann')")
		m := open(t, s, func(o *mysql.Options) {
			o.Query = `select login,passwd,maildir from ` + table + ` where login="%s" and '%%' != "%d"`
		})
		for _, login := range logins {
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: login, Password: "open sesame"})
			// By the rules of some character sets these are ann in other letters.
			if account != nil && account.Name == "ann" && (login == "änn" || login == "ａｎｎ" || login == "ann\u200b" || login == "\u202eann") {
				continue
			}
			if account != nil || !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("%s: login %q: %v, %v", charset, login, account, err)
			}
		}
		if account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil || account.Maildrop != "/m/ann" {
			t.Errorf("%s: ann: %v, %v", charset, account, err)
		}
	}
}

func testMySQLColumns(t *testing.T, s *mariadb.Server) {
	tests := []struct {
		name, query string
		want        string // account, or what is in the error
		trouble     bool   // the error is not ErrAuth
	}{
		{"by position", `select 'ann','x','/m/ann'`, "{ann /m/ann -1 -1 []}", false},
		{"by position with others behind", `select 'ann','x','/m/ann','/h' home,7 uid,8 gid`, "{ann /m/ann 7 8 []}", false},
		{"by name", `select 'x' passwd,8 gid,'m' maildir,7 uid,'ann' login,'/h' home`, "{ann /h/m 7 8 []}", false},
		{"names in capitals", `select 'm' MAILDIR,'/h' Home,'x' PassWord,'ann' LOGIN`, "{ann /h/m -1 -1 []}", false},
		{"only some by name", `select 'ann' user,'x' login,'/m' passwd`, "{ann /m -1 -1 []}", false},
		{"NULL for ids and home", `select 'ann','x','/m/ann',null home,null uid,null gid`, "{ann /m/ann -1 -1 []}", false},
		{"ids as text", `select 'ann','x','/m/ann','7' uid,'8' gid`, "{ann /m/ann 7 8 []}", false},
		{"a number for a name", `select 17,'x','/m'`, "{17 /m -1 -1 []}", false},
		{"no row", `select 'ann','x','/m' from dual where 1=0`, "no such user", false},
		{"root", `select 'ann','x','/m',0 uid,8 gid`, "want two numbers above 0", true},
		{"negative uid", `select 'ann','x','/m',-7 uid,8 gid`, "want two numbers above 0", true},
		{"uid NULL", `select 'ann','x','/m',null uid,8 gid`, "want two numbers above 0", true},
		{"login NULL", `select null,'x','/m'`, "no usable login name", true},
		{"control characters", `select 'a\nb','x','/m'`, "no usable login name", true},
		{"password NULL", `select 'ann',null,'/m'`, "it has no password", false},
		{"Maildir NULL", `select 'ann','x',null`, "no path", true},
		{"relative home", `select 'ann','x','m','h' home`, "is relative", true},
		{"huge value", `select 'ann','x',concat('/',repeat('m',70000))`, "longer than 65536 octets", true},
		{"settings", `select 'ann','x','/m',0 pop3,true tls,'10.0.0.0/8,::1' allow_nets,3 max_sessions`,
			"{ann /m -1 -1 []} true true [10.0.0.0/8 ::1/128] 3", false},
		{"settings NULL or empty", `select 'ann','x','/m',null pop3,'' tls,'' allow_nets,null max_sessions`, "{ann /m -1 -1 []}", false},
		{"settings by name", "select '/m' maildir,'1' pop3,'ann' login,'x' passwd,2 `max-sessions`", "{ann /m -1 -1 []} false false [] 2", false},
		{"a setting that cannot be read", `select 'ann','x','/m',2 pop3`, "pop3: must be", true},
		{"networks that cannot be read", `select 'ann','x','/m','10.0.0.1/8' allow_nets`, "allow_nets: ", true},
		{"two columns", `select 'ann','x'`, "returns 2 columns", true},
		{"uid without gid", `select 'ann','x','/m',7 uid`, "one of uid and gid", true},
		{"the table of 0.8", `select * from user where login='ann'`, "one of uid and gid", true},
		{"a name twice", `select 'ann','x','/m',7 uid,7 uid,8 gid`, "two columns with the same name", true},
		{"two passwords", `select 'ann' login,'x' passwd,'y' password,'/m' maildir`, "two columns with the same name", true},
		{"two rows", `select 'ann','x','/m' union all select 'ann','x','/m'`, "more than one row", true},
		{"more rows than could be read", `select seq,'x','/m' from seq_1_to_1000000000000`, "more than one row", true},
		{"no such table", `select login,passwd,maildir from nowhere`, "nowhere", true},
		{"no right", `select user,host,password from mysql.user`, "denied", true},
		{"several statements", `select 'ann','x','/m'; select 'ann','x','/m'`, "syntax", true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := open(t, s, func(o *mysql.Options) { o.Query = tt.query })
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "x"})
			if account != nil {
				if got := describe(account); got != tt.want {
					t.Errorf("account %s, want %s", got, tt.want)
				}
				return
			}
			if !strings.Contains(err.Error(), tt.want) || errors.Is(err, pop3.ErrAuth) == tt.trouble {
				t.Errorf("error %v, want %q", err, tt.want)
			}
		})
	}
}

// describe returns what a test wants to see of an account: name, Maildir and
// owner, and after it where else the mail is and what restricts the user, if
// anything does.
func describe(a *pop3.Account) string {
	text := fmt.Sprint(struct {
		name, maildrop string
		uid, gid       int
		groups         []int
	}{a.Name, a.Maildrop, a.UID, a.GID, a.Groups})
	if a.PopServer != "" || a.Unproven {
		text += fmt.Sprint(" ", a.PopServer, a.Unproven)
	}
	if a.NoPOP3 || a.TLSOnly || a.Networks != nil || a.MaxSessions != 0 {
		text += fmt.Sprint(" ", a.NoPOP3, a.TLSOnly, a.Networks, a.MaxSessions)
	}
	return text
}

func testMySQLParts(t *testing.T, s *mariadb.Server) {
	for _, query := range []string{
		`select mail,passwd,maildir from user where mail="%u@%d"`,
		`select mail,passwd,maildir from user where mail=concat(%u,'@',"%d") and %s like '%%@%%'`,
	} {
		m := open(t, s, func(o *mysql.Options) { o.Query = query })
		account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann@example.org", Password: "open sesame"})
		if err != nil || account.Name != "ann@example.org" || account.Maildrop != "/m/ann" {
			t.Errorf("%s: %v, %v", query, account, err)
		}
		account, err = m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
		wantRefused(t, account, err, "no such user")
	}
}

func testMySQLPing(t *testing.T, s *mariadb.Server) {
	if err := open(t, s, nil).Ping(t.Context()); err != nil {
		t.Error(err)
	}
	tests := []struct {
		name   string
		change func(*mysql.Options)
		want   string
	}{
		{"wrong password", func(o *mysql.Options) { o.Password += "x" }, "Access denied"},
		{"wrong database", func(o *mysql.Options) { o.Database = "nowhere" }, "nowhere"},
		{"wrong table", func(o *mysql.Options) { o.Query = "select a,b,c from nowhere" }, "nowhere"},
		{"wrong SQL", func(o *mysql.Options) { o.Query = "selekt" }, "syntax"},
		{"too few columns", func(o *mysql.Options) { o.Query = "select 1" }, "1 columns"},
		{"wrong socket", func(o *mysql.Options) { o.Servers = s.Socket + "x" }, s.Socket + "x"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := open(t, s, tt.change)
			err := m.Ping(t.Context())
			wantTrouble(t, nil, err)
			if !strings.Contains(fmt.Sprint(err), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
			wantTrouble(t, account, err)
		})
	}
}

// testMySQLPool: however many log in at once, connections stay within bounds,
// and no login is rejected for it.
func testMySQLPool(t *testing.T, s *mariadb.Server) {
	s.Exec("flush status")
	before := s.Query("show status like 'Connections'")
	m := open(t, s, func(o *mysql.Options) { o.MaxConns = 5 })
	var all sync.WaitGroup
	for i := range 200 {
		all.Go(func() {
			password := []string{"open sesame", "wrong"}[i%2]
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: password})
			if (account != nil) != (i%2 == 0) || account == nil && !errors.Is(err, pop3.ErrAuth) {
				t.Errorf("%v, %v", account, err)
			}
		})
	}
	all.Wait()
	var first, last, used int
	fmt.Sscan(before+" "+s.Query("show status like 'Connections'")+" "+s.Query("show status like 'Max_used_connections'"), &first, &last, &used)
	// Two are those that asked for the figures.
	if last-first > 5+1 || used > 5+2 || used == 0 {
		t.Errorf("%d connections made, %d at once", last-first, used)
	}
}

func testMySQLClose(t *testing.T, s *mariadb.Server) {
	m := open(t, s, nil)
	if err := m.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	if err := m.Close(); err != nil {
		t.Error(err)
	}
	account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
	wantTrouble(t, account, err)
}

// TestMySQLRestart: a database that goes and comes is trouble while it is
// away, and nothing afterwards.
func TestMySQLRestart(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	m := open(t, s, func(o *mysql.Options) { o.MaxConns = 4 })
	for _, end := range []func(){s.Kill, s.Stop} {
		var all sync.WaitGroup
		for range 8 { // so that several connections are idle when it goes
			all.Go(func() {
				if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
					t.Errorf("before: %v", err)
				}
			})
		}
		all.Wait()
		end()
		for range 6 {
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
			wantTrouble(t, account, err)
			account, err = m.Authenticate(t.Context(), pop3.Attempt{Login: "nobody", Password: "open sesame"})
			wantTrouble(t, account, err)
		}
		s.Start()
		for range 6 {
			if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
				t.Errorf("after the restart: %v", err)
			}
		}
	}
	// Gone and back between two logins, with idle connections that do not know.
	s.Kill()
	s.Start()
	if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
		t.Errorf("first login after an unseen restart: %v", err)
	}
	// Killed in the middle of logins: right or trouble, nothing else.
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			for range 50 {
				if account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
					wantTrouble(t, account, err)
				}
			}
		})
	}
	s.Kill()
	all.Wait()
	s.Start()
	if _, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
		t.Errorf("after it was killed at work: %v", err)
	}
}

// TestMySQLFrozen: a server that keeps its connections and never replies costs
// a time-out, no more, and never an answer.
func TestMySQLFrozen(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	m := open(t, s, func(o *mysql.Options) { o.Timeout = 200 * time.Millisecond })
	patient := open(t, s, func(o *mysql.Options) { o.Timeout = time.Hour })
	// A slow machine may take longer than the time-out for a first login.
	for m.Ping(t.Context()) != nil {
	}
	if err := patient.Ping(t.Context()); err != nil {
		t.Fatal(err)
	}
	s.Freeze()
	for range 3 { // on the idle connection, then on new ones
		account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
		wantTrouble(t, account, err)
	}
	for range 2 {
		ctx, cancel := context.WithTimeout(t.Context(), 100*time.Millisecond)
		account, err := patient.Authenticate(ctx, pop3.Attempt{Login: "ann", Password: "open sesame"})
		cancel()
		wantTrouble(t, account, err)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("the caller's time-out: %v", err)
		}
	}
	s.Thaw()
	if _, err := patient.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
		t.Errorf("after it went on: %v", err)
	}
}

func TestMySQLSeveralServers(t *testing.T) {
	first, second := mariadb.NewWithUsers(t, true), mariadb.NewWithUsers(t, true)
	second.Exec("update tpops.user set maildir='/second/ann' where login='ann'")
	log := new(bytes.Buffer)
	m := open(t, first, func(o *mysql.Options) {
		o.Servers = "/nowhere/socket, 127.0.0.1:1, " + first.Address + ", " + second.Socket
		o.Log = slog.New(slog.NewTextHandler(log, nil))
		o.Timeout = 5 * time.Second
	})
	login := func(want string) {
		t.Helper()
		account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
		if err != nil || account.Maildrop != want {
			t.Errorf("%v, %v, want %s", account, err, want)
		}
	}
	login("/m/ann")
	login("/m/ann")
	first.Kill()
	login("/second/ann")
	first.Start()
	login("/second/ann")
	second.Kill()
	login("/m/ann")
	first.Kill()
	account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
	wantTrouble(t, account, err)
	for _, name := range []string{"/nowhere/socket", "127.0.0.1:1:", first.Address, second.Socket} {
		if !strings.Contains(err.Error(), name) {
			t.Errorf("%s is not in the error: %v", name, err)
		}
	}
	if n := strings.Count(log.String(), "database server changed"); n != 3 || strings.Contains(log.String(), mariadb.DatabasePassword) {
		t.Errorf("log:\n%s", log)
	}
}

// TestMySQLFrozenServer: the next server is asked when one only accepts.
func TestMySQLFrozenServer(t *testing.T) {
	frozen, good := mariadb.NewWithUsers(t, true), mariadb.NewWithUsers(t, false)
	frozen.Freeze()
	m := open(t, good, func(o *mysql.Options) {
		o.Servers, o.Timeout = frozen.Address+","+good.Socket, 3*time.Second
	})
	if account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
		t.Errorf("%v, %v", account, err)
	}
}

func TestMySQLTLS(t *testing.T) {
	s := mariadb.NewWithUsers(t, true)
	s.Exec("create user secure@'%' require ssl", "grant select on tpops.* to secure@'%'")
	wrongCA := fixture.Write(t, "ca.pem", string(certstest.NewAuthority(t).PEM)) // which signed nothing
	plain := mariadb.New(t, false)
	_, port, _ := strings.Cut(s.Address, ":")
	tests := []struct {
		name    string
		servers string
		tls     bool
		ca      string
		want    string // in the error; empty for a login that works
	}{
		{"TCP in the clear", s.Address, false, "", "Access denied"},
		{"TLS", s.Address, true, s.CAFile, ""},
		{"TLS by the name", "localhost:" + port, true, s.CAFile, ""},
		{"another authority", s.Address, true, wrongCA, "certificate"},
		{"the system's authorities", s.Address, true, "", "certificate"},
		{"another name", "127.0.0.2:" + port, true, s.CAFile, "connect"},
		{"a socket beside it", plain.Socket + "," + s.Address, true, s.CAFile, ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := open(t, s, func(o *mysql.Options) {
				o.Servers, o.TLS, o.CAFile, o.User, o.Password = tt.servers, tt.tls, tt.ca, "secure", ""
			})
			account, err := m.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"})
			switch {
			case tt.want != "":
				wantTrouble(t, account, err)
				if !strings.Contains(fmt.Sprint(err), tt.want) {
					t.Errorf("error %v, want %q", err, tt.want)
				}
			case err != nil:
				t.Error(err)
			}
		})
	}
	if _, err := open(t, s, func(o *mysql.Options) { o.Servers = s.Address }).Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil {
		t.Errorf("TCP without TLS: %v", err)
	}
}

// alone is a database as the only one.
func alone(d auth.Database) *auth.Sequence { return auth.NewSequence(passwords.NewVerifier(), d) }
