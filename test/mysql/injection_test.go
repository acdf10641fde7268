//go:build integration

package mysql

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/mysql"
	passwords "tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
	"tpops/test/mariadb"
)

// injections are names that would change a query that they are written into.
var injections = []string{
	`' or 1=1 -- `, `" or 1=1 -- `, `' or '1'='1`, `" or "1"="1`, `\' or 1=1 -- `, `\" or 1=1 -- `, `\`, `\\' or 1=1 #`, `1 or 1=1`,
	`ann' -- `, `ann" -- `, `ann'#`, `ann'/*`, `ann) or (1=1`, `x' union select 'ann','x','/m/ann`, `?`, `??`, `%s`, `%u@%d`,
	`縗' or 1=1 -- `, `뽜' or 1=1 -- `, `＇ or 1=1 -- `, `ʼ or 1=1 -- `, "\xbf' or 1=1 -- ", "\xbf\x5c' or 1=1 -- ",
	`x@' or 1=1 -- `, `x@" or 1=1 -- `, `' or 1=1 -- @y`, `" or 1=1 -- @y`, `ann@' or ''='`, `\@' or 1=1 -- `, `x@y\`,
}

// injectionQueries have the placeholders with quotes of both kinds and without.
var injectionQueries = []string{
	`login="%s"`, `login='%s'`, `login=%s`, `login=concat('%u') and '%d'=''`, `login=%u and ''=%d`, `login="%u" and "%d"=''`,
	`login='%s' and '%d' = ''`, `'%d'='' and login=substring_index('%s','@',1)`,
}

// TestMySQLInjection gives such names to each way to log in, with real servers in
// the two modes that differ in what a backslash is, and in character sets whose
// letters hold the octet of a backslash or a quote.
func TestMySQLInjection(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	for _, mode := range []string{"", "NO_BACKSLASH_ESCAPES", "ANSI"} {
		s.Exec("set global sql_mode='" + mode + "'")
		for _, charset := range []string{"utf8mb4", "gbk", "sjis", "latin1"} {
			t.Run(fmt.Sprintf("%s,%s", mode, charset), func(t *testing.T) { testMySQLInjection(t, s, mode, charset) })
		}
	}
}

func testMySQLInjection(t *testing.T, s *mariadb.Server, mode, charset string) {
	table := "inject" + strings.ToLower(mode+charset)
	mariadb.ExecTPOPS(s, "create table "+table+" (login varchar(64), passwd varchar(64), maildir varchar(64)) character set "+charset,
		"insert into "+table+" values ('ann','open sesame','/m/ann')")
	for n, condition := range injectionQueries {
		m := open(t, s, func(o *mysql.Options) {
			o.Query = "select login,passwd,maildir from " + table + " where " + condition
		})
		users := auth.NewSequence(passwords.NewVerifier(), m)
		if account, err := users.Authenticate(t.Context(), pop3.Attempt{Login: "ann", Password: "open sesame"}); err != nil || account.Name != "ann" {
			t.Fatalf("%s: %v, %v", condition, account, err)
		}
		for _, name := range injections {
			for way, err := range logInEachWay(t, users, name, n == 0 && charset == "gbk") {
				if err == nil || !errors.Is(err, pop3.ErrAuth) {
					t.Errorf("%s: %s of %q: %v", condition, way, name, err)
				}
			}
		}
	}
}

// logInEachWay tries each way in which a name comes to the database, and returns
// the errors. For OAuth and EXTERNAL that is Lookup. SCRAM derives keys, which
// takes its time.
func logInEachWay(t *testing.T, users *auth.Sequence, name string, withSCRAM bool) map[string]error {
	t.Helper()
	ctx, errs := t.Context(), map[string]error{}
	_, errs["USER"] = users.Authenticate(ctx, pop3.Attempt{Login: name, Password: "open sesame"})
	_, errs["APOP"] = users.AuthenticateDigest(ctx, name, "<1@x>", strings.Repeat("0", 32))
	_, errs["CRAM-MD5"] = users.AuthenticateSecret(ctx, name, func(string) bool { return true })
	account, err := users.Lookup(ctx, name)
	if err == nil && account == nil {
		err = pop3.ErrAuth
	}
	errs["Lookup"] = err
	if !withSCRAM {
		return errs
	}
	_, admit, err := users.SCRAMKeys(ctx, pop3.Attempt{Login: name}, scram.SHA256)
	if err == nil {
		_, err = admit(true)
	}
	errs["SCRAM"] = err
	return errs
}
