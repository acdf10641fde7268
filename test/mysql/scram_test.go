//go:build integration

package mysql

import (
	"testing"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/pop3"
	"tpops/pkg/scram"
	"tpops/test/mariadb"
)

// TestMySQLSCRAM has keys, passwords in the clear and other hashes in a table.
func TestMySQLSCRAM(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	keys, err := scram.Make(scram.SHA256, "open sesame", 5000)
	if err != nil {
		t.Fatal(err)
	}
	mariadb.ExecTPOPS(s, "alter table tpops.user modify passwd varchar(255)",
		"insert into user (login,passwd,maildir) values ('keys','{SCRAM-SHA-256}"+keys.Text()+"','/m/keys')",
		"insert into user (login,passwd,maildir) values ('sha','{SHA}qUqP5cyxm6YcTAhz05Hph5gvu9M=','/m/sha')")
	mixed := open(t, s, func(o *mysql.Options) { o.Crypt = "yes" })
	if _, err := mixed.Authenticate(t.Context(), pop3.Attempt{Login: "keys", Password: "open sesame"}); err != nil {
		t.Error(err)
	}
	account, err := mixed.Authenticate(t.Context(), pop3.Attempt{Login: "keys", Password: "open"})
	wantRefused(t, account, err, "wrong password")
	tests := []struct {
		name, login, reason string
		users               *mysql.Database
		iterations          int
	}{
		{"keys", "keys", "", mixed, 5000},
		{"clear", "ann", "", open(t, s, nil), scram.MinIterations},
		{"another scheme", "sha", "no password for SCRAM", mixed, 5000},
		{"nobody, like the last with keys", "nobody", "no such user", mixed, 5000},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			keys, admit, err := alone(tt.users).SCRAMKeys(t.Context(), pop3.Attempt{Login: tt.login}, scram.SHA256)
			if err != nil || keys.Iterations != tt.iterations || keys.Fits("open sesame") != (tt.reason == "") {
				t.Fatalf("%+v, %v", keys, err)
			}
			account, err := admit(true)
			if tt.reason == "" {
				if err != nil || account.Name != tt.login {
					t.Errorf("%v, %v", account, err)
				}
				account, err = admit(false)
				wantRefused(t, account, err, "wrong password")
				return
			}
			wantRefused(t, account, err, tt.reason)
		})
	}
	if account, err := alone(mixed).Lookup(t.Context(), "keys"); err != nil || account.Maildrop != "/m/keys" {
		t.Errorf("%v, %v", account, err)
	}
	account, err = alone(mixed).Lookup(t.Context(), "nobody")
	wantRefused(t, account, err, "no such user")
}
