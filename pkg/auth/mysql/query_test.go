package mysql

import (
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestParseQuery(t *testing.T) {
	const login = `o"brien@example.org`
	tests := []struct {
		name, template string
		sql            string
		values         []any
	}{
		{"as in the manual", `select login,passwd,maildir from user where login="%s"`,
			`select login,passwd,maildir from user where login=?`, []any{login}},
		{"single quotes", `login='%s'`, `login=?`, []any{login}},
		{"parts", `u='%u' and d='%d'`, `u=? and d=?`, []any{`o"brien`, "example.org"}},
		{"joined in one literal", `mail="%u+x@%d"`, `mail=?`, []any{`o"brien+x@example.org`}},
		{"bare", `login=%s limit 2`, `login=? limit 2`, []any{login}},
		{"bare at the ends", `%u,%d`, `?,?`, []any{`o"brien`, "example.org"}},
		{"in parentheses", `login in ("%s",lower(%s))`, `login in (?,lower(?))`, []any{login, login}},
		{"percent sign outside", `id %% 2 = 0`, `id % 2 = 0`, []any{}},
		{"percent sign in a literal", `a like 'x%%'`, `a like 'x%'`, []any{}},
		{"percent sign in a bound literal", `a='%%%u%%'`, `a=?`, []any{`%o"brien%`}},
		{"percent sign before a letter", `a='%%s'`, `a='%s'`, []any{}},
		{"literal without directive", `a='it''s \' ? "' and l="%s"`, `a='it''s \' ? "' and l=?`, []any{login}},
		{"escapes are undone", `a='\\\'''\n\t\0\Z\q\%%\_"%u'`, `a=?`, []any{"\\''\n\t\x00\x1aq\\%\\_\"o\"brien"}},
		{"other quote inside", `a="'%u'"`, `a=?`, []any{`'o"brien'`}},
		{"empty literal", `a='' and l="%s"`, `a='' and l=?`, []any{login}},
		{"backquotes", "select `a?b``c` from `user` where `login`='%s'", "select `a?b``c` from `user` where `login`=?", []any{login}},
		{"comments", "a /* ? ' %% */ -- ? \"\n# '\nl='%s' -- end", "a /* ? ' % */ -- ? \"\n# '\nl=? -- end", []any{login}},
		{"minus minus without a blank", `a=5--1 and l='%s'`, `a=5--1 and l=?`, []any{login}},
		{"text outside ASCII", `ä='ö%uü'`, `ä=?`, []any{`öo"brienü`}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := parseQuery(tt.template)
			if err != nil {
				t.Fatal(err)
			}
			if q.sql != tt.sql {
				t.Errorf("SQL %s\nwant %s", q.sql, tt.sql)
			}
			if diff := cmp.Diff(tt.values, q.bind(login)); diff != "" {
				t.Errorf("values (-want +got):\n%s", diff)
			}
		})
	}
}

func TestParseQueryErrors(t *testing.T) {
	tests := []struct {
		name, template, want string // want: the beginning of the error
	}{
		{"empty", " \n", "line 1, column 1: the query is empty"},
		{"unknown directive", `l="%x"`, `line 1, column 4: unknown directive "%x"`},
		{"unknown bare directive", `l=%S`, `line 1, column 3: unknown directive "%S"`},
		{"directive of two octets", `l=%ä`, `line 1, column 3: unknown directive "%ä"`},
		{"percent sign at the end", `l=%`, `line 1, column 3: "%" at the end`},
		{"percent sign before the quote", `l="%"`, `line 1, column 4: unknown directive`},
		{"placeholder", `a=? and l="%s"`, `line 1, column 3: "?" is not allowed outside quotes`},
		{"second line", "select\n ?", `line 2, column 2: "?" is not allowed outside quotes`},
		{"columns are characters", `ä=?`, `line 1, column 3: "?" is not allowed outside quotes`},
		{"no closing quote", `a=1 and l="%s`, "line 1, column 11: a quoted literal is not closed"},
		{"escaped closing quote", `l='%s\'`, "line 1, column 3: a quoted literal is not closed"},
		{"backslash at the end", `l='%s\`, "line 1, column 3: a quoted literal is not closed"},
		{"doubled closing quote", `l="%s""`, "line 1, column 3: a quoted literal is not closed"},
		{"backslash before a directive", `l="\%s"`, "line 1, column 4: a backslash before %s"},
		{"backslash before the unknown", `l="\%x"`, "line 1, column 4: unknown directive"},
		{"in backquotes", "select `%s`", "line 1, column 9: %s is not allowed in a name in backquotes"},
		{"in a comment", "a /* %u */", "line 1, column 6: %u is not allowed in a comment"},
		{"in a line comment", "a # %d", "line 1, column 5: %d is not allowed in a comment"},
		{"in a dash comment", "a -- %d\n", "line 1, column 6: %d is not allowed in a comment"},
		{"open comment", "a /* x", "line 1, column 3: a comment is not closed"},
		{"open backquote", "a `x", "line 1, column 3: a name in backquotes is not closed"},
		{"executed comment", "a /*!40000 x*/", "line 1, column 3: a comment that the server executes"},
		{"executed comment of MariaDB", "a /*M! x*/", "line 1, column 3: a comment that the server executes"},
		{"part of a name", "select a from user_%d", "line 1, column 20: %d outside quotes must stand alone"},
		{"before a name", "select %ux", "line 1, column 8: %u outside quotes must stand alone"},
		{"two bare ones", "l=%u%d", "line 1, column 3: %u outside quotes must stand alone"},
		{"variable", "l=@%u", "line 1, column 4: %u outside quotes must stand alone"},
		{"introducer", `l=_latin1"%s"`, "line 1, column 10: a blank is required between a word and a literal with a directive"},
		{"NUL", "l=\x00", "line 1, column 1: the query is not UTF-8"},
		{"not UTF-8", "l=\xff", "line 1, column 1: the query is not UTF-8"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			q, err := parseQuery(tt.template)
			if err == nil {
				t.Fatalf("SQL %s", q.sql)
			}
			if !strings.HasPrefix(err.Error(), tt.want) {
				t.Errorf("error %q\nwant  %q", err, tt.want)
			}
		})
	}
}

func TestLoginParts(t *testing.T) {
	tests := []struct{ login, user, domain string }{
		{"ann@example.org", "ann", "example.org"},
		{"ann", "ann", ""},
		{"@example.org", "", "example.org"},
		{"ann@", "ann", ""},
		{"a@b@c", "a", "b@c"},
		{"", "", ""},
	}
	q, err := parseQuery("%u %d %s")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range tests {
		want := []any{tt.user, tt.domain, tt.login}
		if diff := cmp.Diff(want, q.bind(tt.login)); diff != "" {
			t.Errorf("%q (-want +got):\n%s", tt.login, diff)
		}
	}
}

// countPlaceholders is the oracle. It removes comments, literals and names in the order
// in which they come, and counts the remaining question marks.
func countPlaceholders(sql string) int {
	count := 0
	for sql != "" {
		end := 1
		switch c := sql[0]; {
		case c == '?':
			count++
		case c == '\'' || c == '"' || c == '`':
			end = quotedLength(sql, c)
		case c == '#', strings.HasPrefix(sql, "--") && (len(sql) == 2 || strings.IndexByte(" \t\n\r\v\f\x7f", sql[2]) >= 0 || sql[2] < ' '):
			end = len(sql)
			if i := strings.IndexByte(sql, '\n'); i >= 0 {
				end = i + 1
			}
		case strings.HasPrefix(sql, "/*"):
			end = len(sql)
			if i := strings.Index(sql[2:], "*/"); i >= 0 {
				end = i + 4
			}
		}
		sql = sql[end:]
	}
	return count
}

func quotedLength(sql string, quote byte) int {
	for i := 1; i < len(sql); i++ {
		if sql[i] == '\\' && quote != '`' {
			i++
		} else if sql[i] == quote {
			return i + 1
		}
	}
	return len(sql)
}

func FuzzParseQuery(f *testing.F) {
	f.Add(`select login,passwd,maildir from user where login="%s"`)
	f.Add(`a='\'%u''' and b="%d" -- ?` + "\n or c=%s /* %% */")
	f.Fuzz(func(t *testing.T, template string) {
		q, err := parseQuery(template)
		if err != nil {
			if !strings.HasPrefix(err.Error(), "line ") {
				t.Errorf("no position: %v", err)
			}
			return
		}
		if n := countPlaceholders(q.sql); n != len(q.values) {
			t.Errorf("%q: %d placeholders for %d values: %q", template, n, len(q.values), q.sql)
		}
		const login = "QUERY\x01LOGIN@QUERY\x01DOMAIN"
		sql := q.sql
		for _, value := range q.bind(login) {
			if !utf8.ValidString(value.(string)) {
				t.Errorf("%q: value %q is not UTF-8", template, value)
			}
		}
		if q.sql != sql || strings.Contains(sql, "QUERY\x01") && !strings.Contains(template, "QUERY\x01") {
			t.Errorf("%q: login in SQL %q", template, q.sql)
		}
	})
}
