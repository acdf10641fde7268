package passwdfile

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

const proxyFile = `# mail on other servers
ann::::::pop-server=mail1:111,mail2
bob:$1$xyz$cEUv8aN9ehjhMXG/kSFnM1:::::
cat:*:::::pop-server=mail1
dan:!$1$xyz$cEUv8aN9ehjhMXG/kSFnM1:::::
eve::::::pop-server=mail1 nologin
fay::::::pop-server=mail1 allow_nets=192.0.2.0
ida::::::pop-server=mail1 allow_nets=192.0.2.0/33
gus:{WHAT}x:7:8::/home/gus:/bin/sh:pop-server=[2001:db8::1]:110
`

// Rows for mailboxes on other servers need no password and no Maildir. They are rejected
// for all other reasons.
func TestLocateOnOtherServer(t *testing.T) {
	name := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(name, []byte(proxyFile), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), Options{Path: name, ForProxy: true})
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
		account, err := f.Locate(t.Context(), tt.login)
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
	if account, err := f.Authenticate(t.Context(), pop3.Attempt{Login: "bob", Password: "x"}); account != nil || !errors.Is(err, pop3.ErrAuth) {
		t.Errorf("by password: %v, %v", account, err)
	}
}

// With mailboxes on this server, Locate finds no user.
func TestFindHere(t *testing.T) {
	name := filepath.Join(t.TempDir(), "users")
	text := "ann:{PLAIN}x::::/home/ann\nbob:{PLAIN}x::::/home/bob:pop-server=mail1\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := Open(t.Context(), Options{Path: name, Maildir: "Maildir", Verifier: password.NewVerifier()})
	if err != nil {
		t.Fatal(err)
	}
	for _, login := range []string{"ann", "nobody"} {
		if account, err := f.Locate(t.Context(), login); account != nil || err == nil || errors.Is(err, pop3.ErrAuth) {
			t.Errorf("%s: %v, %v", login, account, err)
		}
	}
	if got := f.Problems(); len(got) != 1 || !strings.Contains(got[0].Text, "mailbox-type = proxy") {
		t.Errorf("problems: %v", got)
	}
}
