package mysql

import (
	"database/sql"
	"strings"
	"testing"

	"tpops/pkg/password"
)

// Rows for mailboxes on other servers need no password and no Maildir.
func TestProxyColumns(t *testing.T) {
	const null = "\x00"
	tests := []struct {
		name, columns string
		values        []string
		server        string
		want          string // in the reason of the rejection
	}{
		{"by name", "x pop_server LOGIN", []string{"1", "mail1:111", "ann"}, "mail1:111", ""},
		{"as the parameter", "login pop-server", []string{"ann", " mail1 , mail2 "}, "mail1 , mail2", ""},
		{"only a login", "name", []string{"ann"}, "", ""},
		{"NULL", "login passwd maildir pop_server", []string{"ann", null, null, null}, "", ""},
		{"another password", "login passwd", []string{"ann", "$9$what"}, "", ""},
		{"disabled", "login passwd pop_server", []string{"ann", "!x", "mail1"}, "mail1", "disabled"},
		{"no login", "login", []string{null}, "", "no usable login name"},
		{"huge", "login pop_server", []string{"ann", strings.Repeat("x", maxValue+1)}, strings.Repeat("x", maxValue+1), "longer than"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			columns, err := findProxyColumns(strings.Fields(tt.columns))
			if err != nil {
				t.Fatal(err)
			}
			var values []sql.NullString
			for _, text := range tt.values {
				values = append(values, sql.NullString{String: strings.Trim(text, null), Valid: text != null})
			}
			row := columns.row(values, func(text string) (password.Stored, error) { return password.Parse(text, "CRYPT") })
			if row.Account.PopServer != tt.server {
				t.Errorf("server %.40q, want %.40q", row.Account.PopServer, tt.server)
			}
			if tt.want == "" && (row.Refused != nil || row.Account.Name != "ann") || tt.want != "" && (row.Refused == nil || !strings.Contains(row.Refused.Error(), tt.want)) {
				t.Errorf("%q: refused %v, want %q", row.Account.Name, row.Refused, tt.want)
			}
		})
	}
	for mode, closed := range map[string]bool{"no": false, "yes": true, "crypt": true, "sha": true} {
		for _, text := range []string{"!", "!{SHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=", "*W6ph5Mm5Pz8GgiULbPgzG37mj9g="} {
			row := proxyColumns{login: 0, password: 1, popServer: none, settings: findSettings(nil, 0)}.row(
				[]sql.NullString{{String: "ann", Valid: true}, {String: text, Valid: true}}, cryptModes[mode])
			if (row.Refused != nil) != closed {
				t.Errorf("mysql-crypt-passwd = %s, %q: refused %v", mode, text, row.Refused)
			}
		}
	}
	for _, columns := range []string{"login Login", "login pop_server pop-server", "login passwd password"} {
		if _, err := findProxyColumns(strings.Fields(columns)); err == nil {
			t.Errorf("%s: no error", columns)
		}
	}
}
