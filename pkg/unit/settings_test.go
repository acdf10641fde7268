package unit

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// lines returns settings as lines of a unit.
func lines(settings []Setting) string {
	var b strings.Builder
	for _, s := range settings {
		b.WriteString(s.String() + "\n")
	}
	return b.String()
}

// TestSettings reads units as systemctl cat prints them.
func TestSettings(t *testing.T) {
	for _, test := range []struct{ name, unit, files, want string }{
		{"drop-ins", daemon, "# /lib/systemd/system/tpops.service\n[Service]\nUser=a\n\n# /etc/systemd/system/tpops.service.d/b.conf\n[Service]\nUser=b\n", "User=a\nUser=b\n"},
		{"other sections", daemon, "[Unit]\nAfter=x\n[Service]\nA=1\n[Install]\nWantedBy=y\n[Service]\nB=2\n", "A=1\nB=2\n"},
		{"comments and spaces", daemon, "[Service]\n ; LoadCredential=x\n\t#LoadCredential=y\n  A =  1  2 \r\n", "A=1  2\n"},
		{"continued", daemon, "[Service]\nA=1 \\\n# no part of it\n  2 \\\n;neither\n  3\n", "A=1  2  3\n"},
		{"continued to the end of a file", daemon, "[Service]\nA=1 \\\n\n# /etc/systemd/system/tpops.service.d/b.conf\n[Service]\nB=2\n", "A=1\nB=2\n"},
		{"no section in a drop-in", daemon, "[Service]\nA=1\n\n# /etc/systemd/system/tpops.service.d/b.conf\nB=2\n", "A=1\n"},
		{"a comment that is a path", daemon, "[Service]\nA=1\n\n# /etc/tpops/x.conf\nB=2\n", "A=1\nB=2\n"},
		{"no assignment", daemon, "[Service]\nnothing\n=\n= x\n[Service\nA=1\n", ""},
		{"specifiers", daemon, "[Service]\nA=%n %N %p %P %j %i. %%n %d %t\n", "A=tpops.service tpops tpops tpops tpops . %%n %d %t\n"},
		{"specifiers of a template", Session, "[Service]\nA=%N %p %P %j\n", "A=tpops-inetd@ tpops-inetd tpops/inetd inetd\n"},
		{"no end", daemon, "[Service]\nA=%", "A=%\n"},
		{"nothing", daemon, "", ""},
	} {
		if diff := cmp.Diff(test.want, lines(Settings(test.files, test.unit))); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestCredentialSettings checks which settings of credentials have an effect.
func TestCredentialSettings(t *testing.T) {
	for _, test := range []struct{ name, lines, want string }{
		{"none", "User=a\nEnvironment=LoadCredential=x\n", ""},
		{"several", "LoadCredential=a:/a\nUser=x\nLoadCredentialEncrypted=b\nSetCredential=c:x y\nImportCredential=d.*\n", "LoadCredential=a:/a\nLoadCredentialEncrypted=b\nSetCredential=c:x y\nImportCredential=d.*\n"},
		{"reset", "LoadCredential=a:/a\nSetCredential=c:x\nLoadCredential=\nLoadCredential=b:/b\n", "SetCredential=c:x\nLoadCredential=b:/b\n"},
		{"reset by the other one", "LoadCredentialEncrypted=a\nLoadCredential=\nSetCredential=x:y\nSetCredentialEncrypted=\n", ""},
		{"reset of others", "LoadCredential=a:/a\nSetCredential=\nImportCredential=\n", "LoadCredential=a:/a\n"},
	} {
		got := lines(credentialSettings(Settings("[Service]\n"+test.lines, daemon)))
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s: %s", test.name, diff)
		}
	}
}

// TestCredentialUnit checks the temporary unit: other users cannot read it if a value
// is in it, and it ends without help.
func TestCredentialUnit(t *testing.T) {
	text, mode := credentialUnit(daemon, 4711, []Setting{{"LoadCredential", "a:/a"}})
	if mode != 0o644 || !strings.Contains(text, "\nLoadCredential=a:/a\n") || !strings.Contains(text, "\nExecStart=/usr/bin/tail --pid=4711 -f /dev/null\n") {
		t.Errorf("%o %s", mode, text)
	}
	if _, mode := credentialUnit(daemon, 4711, []Setting{{"LoadCredential", "a:/a"}, {"SetCredential", "b:secret"}}); mode != 0o600 {
		t.Errorf("a value in the unit: %o", mode)
	}
}

// TestCommandConfig finds the configuration file of a service.
func TestCommandConfig(t *testing.T) {
	for commands, want := range map[string]string{
		"ExecStart=/usr/sbin/tpops":                                     InstalledConfig,
		"ExecStart=/usr/sbin/tpops --config=/etc/tpops/tpops.toml":      InstalledConfig,
		"ExecStart=x --config=/a\nExecStart=\nExecStart=y --config=/b/": "/b",
		"ExecStart=x --config=/a\nExecStart=y":                          InstalledConfig,
		"ExecStart=x --config /a":                                       "/a",
		`ExecStart=x -f "/a"`:                                           "/a",
		`ExecStart=x "--config=/a//b" --port=110`:                       "/a/b",
		"ExecReload=x --config=/a":                                      InstalledConfig,
		"ExecStart=x -f":                                                InstalledConfig,
	} {
		if got := commandConfig(Settings("[Service]\n"+commands+"\n", daemon)); got != want {
			t.Errorf("%q: %s, want %s", commands, got, want)
		}
	}
}
