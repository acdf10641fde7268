package auth

import (
	"database/sql"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

const elsewhereFile = `# mail on other servers
ann::::::pop-server=mail1:111,mail2
bob:$1$xyz$cEUv8aN9ehjhMXG/kSFnM1:::::
cat:*:::::pop-server=mail1
dan:!$1$xyz$cEUv8aN9ehjhMXG/kSFnM1:::::
eve::::::pop-server=mail1 nologin
fay::::::pop-server=mail1 allow_nets=192.0.2.0
ida::::::pop-server=mail1 allow_nets=192.0.2.0/33
gus:{WHAT}x:7:8::/home/gus:/bin/sh:pop-server=[2001:db8::1]:110
`

// Rows for mailboxes on other servers need no password and no Maildir, and keep
// out whom they keep out otherwise.
func TestElsewhere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(name, []byte(elsewhereFile), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenPasswdFile(t.Context(), PasswdFileOptions{Path: name, Elsewhere: true})
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		login, server string
		known         bool
		want          error
	}{
		{"ann", "mail1:111,mail2", true, nil},
		{"bob", "", true, nil},
		{"cat", "", false, pop3.ErrAuth},
		{"dan", "", false, pop3.ErrAuth},
		{"eve", "", false, pop3.ErrAuth},
		{"fay", "mail1", true, nil},
		{"ida", "", false, pop3.ErrPermanent},
		{"gus", "[2001:db8::1]:110", true, nil},
		{"nobody", "", false, nil},
		{"", "", false, nil},
	}
	for _, tt := range tests {
		account, err := f.Find(t.Context(), tt.login)
		if !errors.Is(err, tt.want) || (account != nil) != tt.known {
			t.Errorf("%s: %v, %v, want %v", tt.login, account, err, tt.want)
		}
		if account != nil && (account.PopServer != tt.server || account.Name != tt.login || account.UID != -1 ||
			(len(account.Networks) > 0) != (tt.login == "fay")) {
			t.Errorf("%s: %+v", tt.login, account)
		}
	}
	if got := f.Problems(); len(got) != 1 || got[0].Line != 8 {
		t.Errorf("problems: %v", got)
	}
	f.options.Verifier = password.NewVerifier()
	if account, err := f.Authenticate(t.Context(), "bob", "x"); account != nil || !errors.Is(err, pop3.ErrAuth) {
		t.Errorf("by password: %v, %v", account, err)
	}
}

// Who can log in by a password is not to be had without it.
func TestFindHere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "users")
	text := "ann:{PLAIN}x::::/home/ann\nbob:{PLAIN}x::::/home/bob:pop-server=mail1\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := OpenPasswdFile(t.Context(), PasswdFileOptions{Path: name, Maildir: "Maildir", Verifier: password.NewVerifier()})
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"ann", "nobody"} {
		if account, err := f.Find(t.Context(), login); account != nil || err == nil || errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v, %v", login, account, err)
		}
	}
	if got := f.Problems(); len(got) != 1 || !strings.Contains(got[0].Text, "mailbox-type = proxy") {
		t.Errorf("problems: %v", got)
	}
}

func TestElsewhereColumns(t *testing.T) {
	const null = "\x00"
	tests := []struct {
		name, columns string
		values        []string
		server        string
		want          string // in the refusal
	}{
		{"by name", "x pop_server LOGIN", []string{"1", "mail1:111", "ann"}, "mail1:111", ""},
		{"as the parameter", "login pop-server", []string{"ann", " mail1 , mail2 "}, "mail1 , mail2", ""},
		{"only a login", "name", []string{"ann"}, "", ""},
		{"NULL", "login passwd maildir pop_server", []string{"ann", null, null, null}, "", ""},
		{"another password", "login passwd", []string{"ann", "$9$what"}, "", ""},
		{"closed", "login passwd pop_server", []string{"ann", "!x", "mail1"}, "mail1", "closed"},
		{"no login", "login", []string{null}, "", "no usable login name"},
		{"huge", "login pop_server", []string{"ann", strings.Repeat("x", maxMySQLValue+1)}, strings.Repeat("x", maxMySQLValue+1), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			columns, err := findElsewhere(strings.Fields(tt.columns))
			if err != nil {
				t.Fatal(err)
			}
			var values []sql.NullString
			for _, text := range tt.values {
				values = append(values, sql.NullString{String: strings.Trim(text, null), Valid: text != null})
			}
			row := columns.row(values, func(text string) (password.Stored, error) { return password.Parse(text, "CRYPT") })
			if row.account.PopServer != tt.server {
				t.Errorf("server %.40q, want %.40q", row.account.PopServer, tt.server)
			}
			if tt.want == "" && (row.refused != nil || row.account.Name != "ann") || tt.want != "" && (row.refused == nil || !strings.Contains(row.refused.Error(), tt.want)) {
				t.Errorf("%q: refused %v, want %q", row.account.Name, row.refused, tt.want)
			}
		})
	}
	for _, columns := range []string{"login Login", "login pop_server pop-server", "login passwd password"} {
		if _, err := findElsewhere(strings.Fields(columns)); err == nil {
			t.Errorf("%s: no error", columns)
		}
	}
}
