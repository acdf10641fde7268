package doveconf

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestRewrite(t *testing.T) {
	exact, lower, local := names{}, names{lower: true}, names{lower: true, local: true}
	for _, test := range []struct {
		names
		query, want string
	}{
		{exact, "SELECT a FROM b WHERE c = '%u';", "SELECT a FROM b WHERE c = '%s'"},
		{exact, `select a from b where c="%n@%d" and d like '%%x'`, `select a from b where c="%u@%d" and d like '%%x'`},
		{exact, "select a from b where `enable%Ls`=1 and s='%s'", "select a from b where `enablepop3`=1 and s='pop3'"},
		{lower, "select a from b where c = '%u'", "select a from b where c = lower('%s')"},
		{lower, "select a from b where c = '/X/%d/%n'", "select a from b where c = concat('/X/', lower('%d'), '/', lower('%u'))"},
		{exact, "select a from b where c = '%{user | username | lower}'", "select a from b where c = lower('%u')"},
		{local, "select a from b where c = '%u' and d = '%d'", "select a from b where c = lower('%u') and d = ''"},
		{exact, `select 'it''s \' %u' as a`, `select 'it''s \' %s' as a`},
		{exact, "select 5%%2 as a,\n\tb", "select 5%%2 as a,  b"},
	} {
		got, err := test.rewrite(test.query)
		if err != nil || got != test.want {
			t.Errorf("%s\ngot  %s, %v\nwant %s", test.query, got, err, test.want)
		}
		if err := usable(got); err != nil {
			t.Errorf("%s: %v", got, err)
		}
	}
	for query, want := range map[string]string{
		"": "not a select", "call login('%u')": "not a select", "select a from b where c = %u": "not in quotes", "select a -- x": "comment", "select a # x": "comment",
		"select a /* x */": "comment", "select a; drop table b": "several statements", "select 'a": "not closed", "select `a%u` from b": "depends on the login name",
		"select '%w'": `"%w"`, "select '%h'": "no home directory", "select a from b where c=%": "at the end",
	} {
		if got, err := (names{}).rewrite(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", query, got, err)
		}
	}
}

func TestColumns(t *testing.T) {
	got, err := columns("select username AS user, m.`password`, CONCAT('a, from b', \"(\", c) home, 5000 as 'uid', if(a = 1, b, c) as gid from t where x")
	if err != nil {
		t.Fatal(err)
	}
	var all []string
	for _, c := range got {
		all = append(all, c.name)
	}
	if diff := cmp.Diff([]string{"user", "password", "home", "uid", "gid"}, all); diff != "" {
		t.Error(diff)
	}
	for query, want := range map[string]string{"select * from a": `"*" has no name`, "select a + b from c": "has no name", "select (a from c": "not closed", "select a, from c": "has no name"} {
		if got, err := columns(query); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, %v", query, got, err)
		}
	}
}

// FuzzRewrite rewrites any query: what comes out is one select, and the login name is
// in no name and no comment.
func FuzzRewrite(f *testing.F) {
	f.Add("select a from b where c = '%u@%d' and `x%Ls` = \"%%\"", true)
	f.Add(`select 'it''s \' %{user | lower}'`, false)
	f.Fuzz(func(t *testing.T, query string, lower bool) {
		got, err := names{lower: lower}.rewrite(query)
		if err != nil {
			return
		}
		if _, err := columns(got); err != nil {
			return
		}
		bare := regexp.MustCompile("(?s)'(?:[^'\\\\]|\\\\.)*'|\"(?:[^\"\\\\]|\\\\.)*\"|`[^`]*`").ReplaceAllString(got, "")
		if strings.Contains(strings.ReplaceAll(bare, "%%", ""), "%") || strings.ContainsAny(bare, ";#\n\x00") || strings.Contains(bare, "--") {
			t.Errorf("%q from %q", got, query)
		}
	})
}
