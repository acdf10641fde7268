package doveconf

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

const head = "# 2.3.19.1 (9b53102964): /etc/dovecot/dovecot.conf\n"

func TestParse(t *testing.T) {
	f, err := parse("in", head+"a = b\nempty = \nquoted = \" x \\\"y\\\\ #\"\nsecret = # hidden, use -P to show it\n"+
		"service \"two words\" {\n  inet_listener pop3 {\n    port = 1\n  }\n  b=c\n}\nquery = select a from b where c = \"x\" and d = '{'\n")
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, s := range append(f.settings, f.named("service", "two words").settings...) {
		got = append(got, s.at.String()+" "+s.name+"="+s.value)
	}
	want := []string{"in:2 a=b", "in:3 empty=", `in:4 quoted= x "y\ #`, "in:5 secret=", `in:12 query=select a from b where c = "x" and d = '{'`, "in:10 b=c"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
	if !f.settings[3].hidden || f.full != "2.3.19.1" || f.named("service", "two words").named("inet_listener", "pop3").value("port") != "1" {
		t.Errorf("%+v", f)
	}
}

func TestParseErrors(t *testing.T) {
	for _, test := range []struct{ name, text, want string }{
		{"empty", "", "in:1: not the output of doveconf -n"},
		{"dovecot.conf", "protocols = pop3\n", "in:1: not the output of doveconf -n"},
		{"2.2", "# 2.2.36 (1f10bfa63): /etc/dovecot/dovecot.conf\n", "in:1: Dovecot 2.2 is not supported"},
		{"3.0", "# 3.0.1 (): x\n", "in:1: Dovecot 3.0 is not supported"},
		{"cut off", head + "a {\nb {\n}\n", "in:2: the section \"a\" is not closed"},
		{"a brace too many", head + "}\n", "in:2: } without a section"},
		{"message", head + "a = b\ndoveconf: Warning: x\n", "in:3: a message of doveconf"},
		{"neither", head + "something\n", "in:2: neither a setting nor a section"},
		{"no name", head + " {\n", "in:2: a section without a name"},
		{"open quote", head + "a = \"b\n", "in:2: a quote is not closed"},
		{"text after a quote", head + "a = \"b\" c\n", "in:2: text after the closing quote"},
		{"open quote of a section", head + "a \"b {\n", "in:2: a quote is not closed"},
		{"deep", head + strings.Repeat("a {\n", maxDepth+1), "in:18: more than 16 sections in each other"},
	} {
		if f, err := parse("in", test.text); err == nil || !strings.HasPrefix(err.Error(), test.want) {
			t.Errorf("%s: %v, %v", test.name, f, err)
		}
	}
}

func TestParseExt(t *testing.T) {
	s := parseExt("in", "# comment\ndriver = mysql # why\n\nconnect = host=a password=x\nquery = select a \\\n# not part of it\n  from b \\\n  where c = '#'\nq2 = \"a \\\"b\\\" # c\"\n!include x\nlast = a\\")
	var got []string
	for _, one := range s.settings {
		got = append(got, one.at.String()+" "+one.name+"="+one.value)
	}
	want := []string{"in:2 driver=mysql", "in:4 connect=host=a password=x", "in:5 query=select a from b where c = '#'", `in:9 q2=a "b" # c`, "in:10 =!include x", "in:11 last=a"}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Error(diff)
	}
}

func TestSeconds(t *testing.T) {
	for text, want := range map[string]int{"3 secs": 3, "3 s": 3, "2 mins": 120, "2 m": 120, "1 hours": 3600, "500 msecs": 1, "1500 milliseconds": 2, "7": 7, "1 days": 86400, "2 weeks": 1209600} {
		if n, err := seconds(text); err != nil || n != want {
			t.Errorf("%s: %d, %v", text, n, err)
		}
	}
	for _, text := range []string{"", "x", "3 moons", "-1 secs", "99999999999 secs", "1 secs 2"} {
		if n, err := seconds(text); err == nil {
			t.Errorf("%s: %d", text, n)
		}
	}
}
