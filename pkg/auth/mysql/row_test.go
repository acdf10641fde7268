package mysql

import (
	"database/sql"
	"errors"
	"strings"
	"testing"

	"tpops/pkg/pop3"
)

// columnsAt returns columns with the numbers of login, password and maildir, of uid, gid
// and home, and of settings.
func columnsAt(login, password, maildir, uid, gid, home int, settings ...int) columns {
	c := columns{login: login, password: password, maildir: maildir, uid: uid, gid: gid, home: home}
	for i := range c.settings {
		c.settings[i] = none
	}
	copy(c.settings[:], settings)
	return c
}

func TestFindColumns(t *testing.T) {
	tests := []struct {
		name, columns string // separated by blanks
		want          columns
		err           string
	}{
		{"as in the manual", "login passwd maildir", columnsAt(0, 1, 2, none, none, none), ""},
		{"by position", "user pw path", columnsAt(0, 1, 2, none, none, none), ""},
		{"in another order", "home maildir gid uid Password LOGIN", columnsAt(5, 4, 1, 3, 2, 0), ""},
		{"by position, more columns after them", "a b c home uid gid", columnsAt(0, 1, 2, 4, 5, 3), ""},
		{"by position, names of other columns in the first three", "uid gid home", columnsAt(0, 1, 2, none, none, none), ""},
		{"a name twice, by position", "login login maildir", columnsAt(0, 1, 2, none, none, none), ""},
		{"settings", "login passwd maildir MAX-SESSIONS allow_nets tls pop3", columnsAt(0, 1, 2, none, none, none, 6, 5, 4, 3), ""},
		{"settings, by position", "pop3 tls allow_nets max_sessions", columnsAt(0, 1, 2, none, none, none, none, none, none, 3), ""},
		{"a setting twice", "login passwd maildir allow_nets allow-nets", columns{}, "two columns"},
		{"login twice", "login login passwd maildir", columns{}, "two columns"},
		{"too few", "login passwd", columns{}, "2 columns"},
		{"uid alone", "login passwd maildir uid", columns{}, "one of uid and gid"},
		{"gid twice", "login passwd maildir uid gid gid", columns{}, "two columns"},
		{"passwd and password", "login passwd password maildir", columns{}, "two columns"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := findColumns(strings.Fields(tt.columns))
			switch {
			case tt.err != "":
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Errorf("error %v, want %q", err, tt.err)
				}
			case err != nil || got != tt.want:
				t.Errorf("%+v, %v; want %+v", got, err, tt.want)
			}
		})
	}
}

func TestMySQLRowRefused(t *testing.T) {
	const null = "NULL"
	tests := []struct{ name, login, password, maildir, uid, gid, home, want string }{
		{"no login", null, "x", "/m", null, null, null, "no usable login name"},
		{"control character", "a\x1bb", "x", "/m", null, null, null, "no usable login name"},
		{"no password", "ann", null, "/m", null, null, null, "it has no password"},
		{"no Maildir", "ann", "x", null, null, null, "/h", "no path"},
		{"relative Maildir", "ann", "x", "m", null, null, null, "is relative"},
		{"up", "ann", "x", "../m", null, null, "/h", `".."`},
		{"root", "ann", "x", "/m", "0", "8", null, "above 0"},
		{"group of root", "ann", "x", "/m", "7", "0", null, "above 0"},
		{"half of the ids", "ann", "x", "/m", "7", null, null, "above 0"},
		{"huge", "ann", strings.Repeat("x", maxValue+1), "/m", null, null, null, "longer than 65536"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var values []sql.NullString
			for _, text := range []string{tt.login, tt.password, tt.maildir, tt.uid, tt.gid, tt.home} {
				value := sql.NullString{String: text, Valid: true}
				if text == null {
					value = sql.NullString{}
				}
				values = append(values, value)
			}
			row := columnsAt(0, 1, 2, 3, 4, 5).row(values, parseClear)
			if row.Usable {
				_, err := row.Admit("mysql", true)
				_, wrong := row.Admit("mysql", false)
				if !errors.Is(err, pop3.ErrPermanent) || !errors.Is(wrong, pop3.ErrAuth) || errors.Is(wrong, pop3.ErrPermanent) {
					t.Errorf("right password: %v; wrong: %v", err, wrong)
				}
			}
			if row.Usable != (tt.password != null) {
				t.Errorf("password can be compared: %v", row.Usable)
			}
			if row.Refused == nil || !strings.Contains(row.Refused.Error(), tt.want) {
				t.Errorf("refused %v, want %q", row.Refused, tt.want)
			}
		})
	}
}
