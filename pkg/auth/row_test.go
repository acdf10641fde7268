package auth

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/password"
	"tpops/pkg/pop3"
)

// The error of Admit: its reason is for the log, its code for the client. Only with the
// right password does a client read that an administrator is needed.
func TestAdmit(t *testing.T) {
	mistake := errors.New("uid without gid")
	disabled := fmt.Errorf("%w: nologin", ErrClosed)
	row := func(usable bool, refused error) *Row {
		return &Row{Account: pop3.Account{Name: "ann"}, Usable: usable, Refused: refused}
	}
	for _, test := range []struct {
		name    string
		row     *Row
		matches bool
		want    *pop3.Error // nil: the login is accepted
		reason  string
	}{
		{"right password", row(true, nil), true, nil, ""},
		{"wrong password", row(true, nil), false, pop3.ErrAuth, "wrong password"},
		{"no such user", nil, true, pop3.ErrAuth, "no such user"},
		{"disabled", row(true, disabled), true, pop3.ErrAuth, "login refused: the account is disabled: nologin"},
		{"disabled, wrong password", row(true, disabled), false, pop3.ErrAuth, "wrong password"},
		{"mistake in the row", row(true, mistake), true, pop3.ErrPermanent, "login refused: uid without gid"},
		{"mistake in the row, wrong password", row(true, mistake), false, pop3.ErrAuth, "wrong password"},
		{"unusable password", row(false, mistake), true, pop3.ErrAuth, "login refused: uid without gid"},
	} {
		t.Run(test.name, func(t *testing.T) {
			account, err := test.row.Admit("table", test.matches)
			if test.want == nil {
				if err != nil || account == nil || account.Name != "ann" {
					t.Errorf("%v, %v", account, err)
				}
				return
			}
			if account != nil || !errors.Is(err, test.want) || pop3.ErrorIn(err) != test.want || !strings.Contains(err.Error(), "table: "+test.reason) {
				t.Errorf("%v, %v, want %v, %s", account, err, test.want, test.reason)
			}
			if named, ok := errors.AsType[*pop3.UserError](err); ok != (test.row != nil) || ok && named.Name != "ann" {
				t.Errorf("the error is about %v", named)
			}
		})
	}
}

// A stored password can be compared only if it is valid, and a locked one disables the
// account.
func TestSetPassword(t *testing.T) {
	broken := errors.New("unknown password scheme")
	for _, test := range []struct {
		text   string
		err    error
		usable bool
		closed bool
		reason string
	}{
		{"{PLAIN}s3cret", nil, true, false, ""},
		{"{SHA}" + strings.Repeat("A", 27) + "=", nil, true, false, ""},
		{"", nil, false, false, "no password"},
		{"{PLAIN}", nil, false, false, "no password"},
		{"!" + password.Decoy().Data, nil, false, true, "no password matches"},
		{"*", nil, false, true, "no password matches"},
		{"$6$s3cret", nil, false, false, "malformed"},
		{"{SHA}s3cret", nil, false, false, "stored password"},
		{"{PLAIN}x", broken, false, false, broken.Error()},
	} {
		stored, err := password.Parse(test.text, "CRYPT")
		if test.err != nil {
			err = test.err
		}
		row := NewRow("ann")
		got := row.SetPassword(stored, err)
		if row.Usable != test.usable || (got == nil) != test.usable || errors.Is(got, ErrClosed) != test.closed {
			t.Errorf("%q: usable %t, %v", test.text, row.Usable, got)
		}
		if got != nil && (!strings.Contains(got.Error(), test.reason) || strings.Contains(got.Error(), "s3cret")) {
			t.Errorf("%q: %v, want %s", test.text, got, test.reason)
		}
		if !row.Usable && row.Password != (password.Stored{}) {
			t.Errorf("%q: an unusable password is set", test.text)
		}
	}
}

// The owner of a mailbox: two numbers above 0, or none.
func TestSetMaildrop(t *testing.T) {
	for _, test := range []struct {
		uid, gid string
		want     [2]int
		ok       bool
	}{
		{"", "", [2]int{-1, -1}, true},
		{"1000", "100", [2]int{1000, 100}, true},
		{"4294967294", "1", [2]int{4294967294, 1}, true},
		{"1000", "", [2]int{-1, -1}, false},
		{"", "100", [2]int{-1, -1}, false},
		{"0", "100", [2]int{-1, -1}, false},
		{"1000", "0", [2]int{-1, -1}, false},
		{"-1", "-1", [2]int{-1, -1}, false},
		{"4294967295", "1", [2]int{-1, -1}, false}, // -1 for the kernel
		{"4294967296", "1", [2]int{-1, -1}, false},
		{"18446744073709551617", "1", [2]int{-1, -1}, false},
		{"1e3", "1", [2]int{-1, -1}, false},
		{" 1000", "1", [2]int{-1, -1}, false},
		{"mail", "mail", [2]int{-1, -1}, false},
	} {
		row := NewRow("ann")
		err := row.SetMaildrop("/home/ann", "Maildir", test.uid, test.gid)
		got := [2]int{row.Account.UID, row.Account.GID}
		if (err == nil) != test.ok || got != test.want || (row.Account.Maildrop == "/home/ann/Maildir") != test.ok {
			t.Errorf("uid %q, gid %q: %v, %q, %v", test.uid, test.gid, got, row.Account.Maildrop, err)
		}
	}
	row := NewRow("ann")
	if err := row.SetMaildrop("/home/ann", "../bob", "", ""); !errors.Is(err, ErrMaildrop) || row.Account.Maildrop != "" {
		t.Errorf("%q, %v", row.Account.Maildrop, err)
	}
}

// A login name has 1 to MaxLogin octets without control characters.
func TestCheckLogin(t *testing.T) {
	for login, ok := range map[string]bool{
		"ann": true, "ann@example.org": true, "änn": true, "a b": true, strings.Repeat("a", MaxLogin): true,
		"": false, strings.Repeat("a", MaxLogin+1): false, "a\x00b": false, "a\nb": false, "a\x7f": false, "\t": false,
	} {
		if err := CheckLogin(login); (err == nil) != ok {
			t.Errorf("%q: %v", login, err)
		}
	}
}

// The account of a row for another POP3 server. A disabled account is an ErrAuth, any
// other reason an ErrPermanent.
func TestLocated(t *testing.T) {
	if account, err := (*Row)(nil).Located("table"); account != nil || err != nil {
		t.Errorf("unknown login: %v, %v", account, err)
	}
	row := NewRow("ann")
	row.Account.PopServer = "pop.example.org:110"
	if account, err := row.Located("table"); err != nil || account.PopServer != "pop.example.org:110" {
		t.Errorf("%v, %v", account, err)
	}
	row.Refused = errors.New("pop3 is set twice")
	if account, err := row.Located("table"); account != nil || !errors.Is(err, pop3.ErrPermanent) || errors.Is(err, pop3.ErrAuth) {
		t.Errorf("mistake: %v, %v", account, err)
	}
	row.Refused = fmt.Errorf("%w: nologin", ErrClosed)
	if account, err := row.Located("table"); account != nil || !errors.Is(err, pop3.ErrAuth) || errors.Is(err, pop3.ErrPermanent) {
		t.Errorf("disabled: %v, %v", account, err)
	}
}

// A locked password disables the account for a proxy too. A missing or any other
// password does not.
func TestCloseIfLocked(t *testing.T) {
	for text, closed := range map[string]bool{"!$6$x": true, "*": true, "": false, "{PLAIN}x": false, "{PLAIN}!": false, "$9$unknown": false,
		"{SSHA}!x": true, "{SHA}*": true, "{SSHA256.HEX}!00": true, "{PLAIN-MD5.B64}!x": true, "{SHA}not base64": false, "{NONE}!": false,
	} {
		row := NewRow("ann")
		stored, _ := password.Parse(text, "CRYPT")
		row.CloseIfLocked(stored)
		if errors.Is(row.Refused, ErrClosed) != closed || (row.Refused != nil) != closed {
			t.Errorf("%q: %v", text, row.Refused)
		}
	}
}

// Each setting has a name with which it is found, with _ or -, in upper or lower case.
func TestSettingNames(t *testing.T) {
	var names []string
	for i := range SettingCount {
		name := SettingName(i)
		for _, spelling := range []string{name, strings.ReplaceAll(name, "_", "-"), strings.ToUpper(name)} {
			if got := SettingIndex(spelling); got != i {
				t.Errorf("%s: %d, want %d", spelling, got, i)
			}
		}
		names = append(names, name)
	}
	slices.Sort(names)
	if len(slices.Compact(names)) != SettingCount {
		t.Errorf("two settings have the same name: %v", names)
	}
	for _, name := range []string{"", "pop", "pop3 ", "max_session", "userdb_pop3"} {
		if n := SettingIndex(name); n != -1 {
			t.Errorf("%q: %d", name, n)
		}
	}
}

// ReachOf distinguishes none, some and all users. Without users a way is not offered.
func TestReachOf(t *testing.T) {
	for _, test := range []struct {
		able, all int
		want      Reach
	}{{0, 0, ForNone}, {0, 5, ForNone}, {1, 5, ForSome}, {4, 5, ForSome}, {5, 5, ForAll}} {
		if got := ReachOf(test.able, test.all); got != test.want {
			t.Errorf("%d of %d: %v, want %v", test.able, test.all, got, test.want)
		}
	}
}
