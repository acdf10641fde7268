//go:build integration

package mysql

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth/mysql"
	"tpops/test/mariadb"
)

// testMySQLList lists users, with rows that no login name can be made of.
func testMySQLList(t *testing.T, s *mariadb.Server) {
	mariadb.ExecTPOPS(s, `create table listed (n int primary key auto_increment, name varchar(400), domain varchar(50))`,
		`insert into listed (name,domain) values ('ann','example.org'),(null,null),(null,'example.org'),('',null),('a\nb',null),('eve\0',null),`+
			`('bob',null),('bob',''),('o"brien''%s','example.org'),(repeat('x',300),null),(repeat('x',250),'example.org')`)
	tests := []struct {
		name, query, list string
		want              []string
		skipped           int
		trouble           string
	}{
		{"default", "", "", []string{"ann", "bob", "empty", "nodir", "nopw", "rel", "up"}, 0, ""},
		{"own", "select login,passwd,maildir from user where login='%u'", "select name as username, domain from listed order by n",
			[]string{"ann@example.org", "bob", `o"brien'%s@example.org`}, 8, ""},
		{"first column", "", "select concat(name,'%%') from listed where n=1", []string{"ann%"}, 0, ""},
		{"no row", "", "select name as user from listed where n=0", nil, 0, ""},
		{"not known", "select login,passwd,maildir from user where login='%u'", "", nil, 0, "set mysql-list-query"},
		{"no such table", "", "select login from nowhere", nil, 0, "(mysql-list-query)"},
		{"two names", "", "select name as user, name as login from listed", nil, 0, "two columns"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			m := open(t, s, func(o *mysql.Options) { o.Query, o.ListQuery = test.query, test.list })
			var skipped []error
			got, err := m.Logins(t.Context(), func(reason error) { skipped = append(skipped, reason) })
			slices.Sort(got)
			if !slices.Equal(got, test.want) || len(skipped) != test.skipped || (err == nil) != (test.trouble == "") || err != nil && !strings.Contains(err.Error(), test.trouble) {
				t.Errorf("%q, skipped %q, error %v", got, skipped, err)
			}
		})
	}
}

// testMySQLListMany lists more users than the limit of rows of a login's connection, whose
// limit stays as it was.
func testMySQLListMany(t *testing.T, s *mariadb.Server) {
	mariadb.ExecTPOPS(s, "create table many (login varchar(20), passwd varchar(20), maildir varchar(20))",
		"insert into many select concat('u',seq), 'x', '/m' from tpops.seq_1_to_50000", "insert into many values ('twice','x','/m'),('twice','x','/m')")
	m := open(t, s, func(o *mysql.Options) {
		o.Query, o.ListQuery, o.MaxConns = "select * from many where login='%s'", "select login from many", 1
	})
	var skipped []string
	got, err := m.Logins(t.Context(), func(reason error) { skipped = append(skipped, reason.Error()) })
	if len(got) != 50_001 || err != nil {
		t.Errorf("%d users, %v", len(got), err)
	}
	if want := `mysql-list-query, row 50002: "twice" is in an earlier row too`; len(skipped) != 1 || skipped[0] != want {
		t.Errorf("skipped %q", skipped)
	}
	if _, err := m.Find(t.Context(), "twice"); err == nil {
		t.Error("a user with two rows was found")
	}
	// Without a condition the query returns the whole table, of which a login reads two rows.
	all := open(t, s, func(o *mysql.Options) {
		o.Query, o.ListQuery, o.MaxConns = "select * from many", "select login from many", 1
	})
	if _, err := all.Logins(t.Context(), func(error) {}); err != nil {
		t.Error(err)
	}
	before := handlerReads(t, s)
	if _, err := all.Find(t.Context(), "u1"); err == nil {
		t.Error("a query for all users has found one")
	}
	if after := handlerReads(t, s); after-before > 1000 {
		t.Errorf("a login has read %d rows", after-before)
	}
}

// handlerReads returns how many rows the server has read.
func handlerReads(t *testing.T, s *mariadb.Server) (n int) {
	t.Helper()
	text := s.Query("select variable_value from information_schema.global_status where variable_name='HANDLER_READ_RND_NEXT'")
	if _, err := fmt.Sscan(text, &n); err != nil {
		t.Fatal(err)
	}
	return n
}
