package courierconf

import (
	"fmt"
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// A query for all users is taken over if it shows the same login names as in Courier, and
// else reported. It never holds the file back.
func TestListQuery(t *testing.T) {
	table := "MYSQL_USER_TABLE passwd\nMYSQL_CRYPT_PWFIELD crypt\n"
	for _, tt := range []struct{ rc, query, report string }{
		{table, "select id as login from passwd", ""},
		{table + "MYSQL_LOGIN_FIELD concat(a, '@', b)\nMYSQL_WHERE_CLAUSE a like '%x' or b = 1\n",
			"select concat(a, '@', b) as login from passwd where (a like '%%x' or b = 1)", ""},
		{table + "MYSQL_WHERE_CLAUSE server = '$(domain)'\n", "", "MYSQL_USER_TABLE: not possible: the query depends on a login name"},
		{table + "MYSQL_ENUMERATE_CLAUSE select a, 1, 1, h, m from v where s = '$(service)';\n", "select a, 1, 1, h, m from v where s = 'pop3'", ""},
		{table + "MYSQL_ENUMERATE_CLAUSE select a from v where u = '$(local_part)'\n", "", "MYSQL_ENUMERATE_CLAUSE: not possible: the query depends on a login name"},
		{table + "MYSQL_ENUMERATE_CLAUSE select a from v where u = '$(other)'\n", "", "not possible: the query depends"},
		{table + "MYSQL_ENUMERATE_CLAUSE select a, uid, v.`username` from v\n", "", "not possible: Courier takes the first column"},
		{table + "MYSQL_ENUMERATE_CLAUSE select a, uid, x as domain from v\n", "", "not possible: Courier takes the first column"},
		{table + "MYSQL_ENUMERATE_CLAUSE select domain, uid from v\n", "select domain, uid from v", ""},
		{table + "MYSQL_ENUMERATE_CLAUSE select * from v\n", "", "not possible: Courier takes the first column"},
		{table + "MYSQL_ENUMERATE_CLAUSE call users()\n", "", "not possible: Courier takes the first column"},
		{"MYSQL_SELECT_CLAUSE select a, b, c, d, e, f from v where a = '$(local_part)'\n" + table, "", ""},
	} {
		d, err := Convert([]draft.Input{
			{Name: popFile, Text: "PORT=110\nPOP3DSTART=YES\n"}, {Name: "authdaemonrc", Text: "authmodulelist=authmysql\n"},
			{Name: mysqlFile, Text: "MYSQL_SERVER localhost\nMYSQL_DATABASE mail\n" + tt.rc},
		}, usable)
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.Finish("pop.example.org")
		if err != nil {
			t.Fatal(err)
		}
		line := fmt.Sprintf("\nmysql-list-query = %q\n", tt.query)
		if has := strings.Contains(string(r.TOML), "mysql-list-query"); has != (tt.query != "") || has && !strings.Contains(string(r.TOML), line) {
			t.Errorf("%s: no %s in\n%s", tt.rc, line, r.TOML)
		}
		var report strings.Builder
		for _, n := range r.Notes {
			fmt.Fprintln(&report, n)
		}
		if !strings.Contains(report.String(), tt.report) || r.Stop != "" || r.Needed > 0 {
			t.Errorf("%s: no %q in\n%s", tt.rc, tt.report, &report)
		}
	}
}
