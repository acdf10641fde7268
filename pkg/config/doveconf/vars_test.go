package doveconf

import (
	"strings"
	"testing"
)

func TestTemplate(t *testing.T) {
	for text, want := range map[string]string{
		"/var/%d/%n":                          "/var/%d/%n",
		"/%Lu%%%s":                            "/%u%%pop3",
		"%h/Maildir":                          "%h/Maildir",
		"%{user}":                             "%u",
		"%{ user | username | lower }":        "%n",
		"%{user|lower|domain}/%{protocol}":    "%d/pop3",
		"%{home}/%{domain}/%{username}/100%%": "%h/%d/%n/100%%",
	} {
		if got, err := parseTemplate(text); err != nil || got.String() != want {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
	for text, want := range map[string]string{
		"%": "at the end", "%L": "at the end", "%w": `"%w"`, "%1n": `"%1"`, "%c": "TLS", "%{user": "no closing brace", "%{user | upper}": "user | upper",
		"%{ldap:home}": "ldap:home", "%{protocol | lower | md5}": "md5", "%é": `"%é"`, "%{}": `"%{}"`,
	} {
		if got, err := parseTemplate(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", text, got, err)
		}
	}
}

func TestLocation(t *testing.T) {
	for _, test := range []struct{ text, path, below string }{
		{"maildir:~/Maildir", "%h/Maildir", "Maildir"},
		{"maildir:~/", "%h/", "."},
		{"maildir:~", "%h", "."},
		{"MAILDIR:%h/mail/in/:INDEX=/x:LAYOUT=fs", "%h/mail/in/", "mail/in"},
		{"maildir:/var/%d/%n:INBOX=/in/%u", "/in/%u", ""},
		{"maildir:~/%u", "%h/%u", ""},
	} {
		loc, err := parseLocation(test.text)
		if err != nil || loc.path.String() != test.path {
			t.Errorf("%s: %s, %v", test.text, loc.path, err)
			continue
		}
		if below, ok := loc.path.belowHome(); ok != (test.below != "") || ok && below != test.below {
			t.Errorf("%s: below the home %q, %v", test.text, below, ok)
		}
	}
	for text, want := range map[string]string{
		"": "name a format", "/var/mail/%u": "name a format", "mbox:~/mail": `"mbox"`, "mdbox:~/m": `"mdbox"`, "maildir:": "no path", "maildir:~bob/x": "another user",
		"maildir:~/m:DIRNAME=x": `"DIRNAME"`, "maildir:/%{x}": "no variable",
	} {
		if loc, err := parseLocation(text); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %s, %v", text, loc.path, err)
		}
	}
}
