package courierconf

import (
	"strings"
	"testing"

	"tpops/pkg/config/draft"
)

// The domain of pop3d is appended before the database sees the name, so that it counts.
func TestDefaultDomain(t *testing.T) {
	for _, test := range []struct{ pop, mysql, want string }{
		{"", "", ""},
		{"DEFDOMAIN=@a.example\n", "", `domain = "a.example"`},
		{"", "DEFAULT_DOMAIN b.example\n", `domain = "b.example"`},
		{"DEFDOMAIN=@a.example\n", "DEFAULT_DOMAIN b.example\n", `domain = "a.example"`},
		{"DEFDOMAIN=\n", "DEFAULT_DOMAIN b.example\n", `domain = "b.example"`},
	} {
		d, err := Convert([]draft.Input{
			{Name: popFile, Text: "PORT=110\n" + test.pop}, {Name: authFile, Text: "authmodulelist=\"authmysql\"\n"},
			{Name: mysqlFile, Text: "MYSQL_DATABASE mail\nMYSQL_USER_TABLE users\n" + test.mysql},
		}, usable)
		if err != nil {
			t.Fatal(err)
		}
		r, err := d.Finish("pop.example.org")
		if err != nil {
			t.Fatal(err)
		}
		got := ""
		for line := range strings.Lines(string(r.TOML)) {
			if strings.HasPrefix(line, "domain") {
				got += strings.TrimSpace(line)
			}
		}
		if got != test.want {
			t.Errorf("%q, %q: %s instead of %s", test.pop, test.mysql, got, test.want)
		}
	}
}
