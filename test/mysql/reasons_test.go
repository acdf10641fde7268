//go:build integration

package mysql

import (
	"context"
	"database/sql"
	"errors"
	"strings"
	"testing"

	driver "github.com/go-sql-driver/mysql"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/pop3"
	"tpops/test/mariadb"
)

// TestMySQLReasons makes a real server refuse in each way that operators meet: the
// error says what to change, is no wrong password, and is not taken for a server
// that does not answer.
func TestMySQLReasons(t *testing.T) {
	s := mariadb.NewWithUsers(t, false)
	s.Exec("create user other@'%' identified by 'p'", "create database closed",
		"create user few@'%' identified by 'p' with max_user_connections 1", "grant select on tpops.* to few@'%'",
		"create user part@'%' identified by 'p'", "grant select (login) on tpops.user to part@'%'")
	as := func(user string) func(*mysql.Options) {
		return func(o *mysql.Options) { o.User, o.Password = user, "p" }
	}
	query := func(text string) func(*mysql.Options) {
		return func(o *mysql.Options) { o.Query = text }
	}
	for name, tt := range map[string]struct {
		change  func(*mysql.Options)
		prepare func(t *testing.T)
		number  string
		advice  string
	}{
		"missing table":        {query(`select login,passwd,maildir from users where login="%s"`), nil, "1146", "check the table in mysql-auth-query"},
		"unknown column":       {query(`select login,secret,maildir from user where login="%s"`), nil, "1054", "check the columns in mysql-auth-query"},
		"syntax error":         {query(`select login,passwd,maildir fro user where login="%s"`), nil, "1064", "check mysql-auth-query"},
		"no such database":     {func(o *mysql.Options) { o.User, o.Password, o.Database = "other", "p", "closed" }, nil, "1044", "check mysql-db, or grant SELECT on it to mysql-user"},
		"no database":          {func(o *mysql.Options) { o.Database = "" }, nil, "1046", "set mysql-db"},
		"wrong password":       {func(o *mysql.Options) { o.Password = "wrong" }, nil, "1045", "check mysql-user and mysql-passwd"},
		"no right":             {query(`select login,passwd,maildir from mysql.help_topic, user where login="%s"`), nil, "1142", "grant SELECT on the table to mysql-user"},
		"no right to column":   {as("part"), nil, "1143", "grant SELECT on the columns to mysql-user"},
		"too many of the user": {as("few"), func(t *testing.T) { holdConnection(t, s, "few") }, "1226", "raise the limits of mysql-user on the database server"},
	} {
		t.Run(name, func(t *testing.T) {
			if tt.prepare != nil {
				tt.prepare(t)
			}
			m := open(t, s, tt.change)
			_, failed := m.Authenticate(context.Background(), pop3.Attempt{Login: "ann", Password: "open sesame"})
			for way, err := range map[string]error{"login": failed, "ping": m.Ping(context.Background())} {
				wantReason(t, way, err, tt.number, tt.advice)
				if mysql.Denied(err) != (tt.number == "1045") {
					t.Errorf("%s: %v: denied %v", way, err, mysql.Denied(err))
				}
			}
		})
	}
	t.Run("too many", func(t *testing.T) {
		s.Exec("set global max_connections = 10")
		for range 12 {
			holdConnection(t, s, "other")
		}
		m := open(t, s, nil)
		_, failed := m.Authenticate(context.Background(), pop3.Attempt{Login: "ann", Password: "open sesame"})
		wantReason(t, "login", failed, "1040", "raise max_connections")
	})
	t.Run("stopped server", func(t *testing.T) {
		m := open(t, s, nil)
		s.Stop()
		if err := m.Ping(context.Background()); err == nil || !mysql.Unreachable(err) || mysql.Denied(err) {
			t.Errorf("%v", err)
		}
	})
}

// wantReason holds that err is the refusal of a server, with what to change.
func wantReason(t *testing.T, way string, err error, number, advice string) {
	t.Helper()
	if err == nil || errors.Is(err, pop3.ErrAuth) || mysql.Unreachable(err) {
		t.Errorf("%s: %v is not taken for a refusal", way, err)
		return
	}
	if text := err.Error(); !strings.Contains(text, "Error "+number) || !strings.Contains(text, ": "+advice) {
		t.Errorf("%s: %v, want %s and to %s", way, err, number, advice)
	}
}

// holdConnection takes a connection of the server, if it still has one.
func holdConnection(t *testing.T, s *mariadb.Server, user string) {
	t.Helper()
	db, err := sql.Open("mysql", user+":p@unix("+s.Socket+")/")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { db.Close() })
	conn, err := db.Conn(t.Context())
	var full *driver.MySQLError
	if errors.As(err, &full) && full.Number == 1040 {
		return
	}
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { conn.Close() })
}
