package check

import (
	"bytes"
	"errors"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/config"
)

// parameters returns the parameters of the warnings.
func parameters(all []warning) string {
	var names []string
	for _, w := range all {
		names = append(names, w.Parameter)
	}
	return strings.Join(names, " ")
}

func TestWarnings(t *testing.T) {
	const virtual = "auth-type = \"passwd-file\"\npasswd-file = \"/x\"\n"
	const manySessions = "parallel-type = \"thread\"\nmax-servers = 100000\n"
	asRoot := ""
	if os.Geteuid() == 0 {
		asRoot = "user"
	}
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		t.Fatal(err)
	}
	tooMany := ""
	if limit.Cur < 400000 {
		tooMany = "max-servers"
	}
	ca := "\"" + damagedCA(t) + "\"\n"
	tests := []struct {
		name, content string
		single        bool
		want          string
	}{
		{"defaults", "", false, ""},
		{"virtual users of root", virtual, false, asRoot},
		{"virtual users of a user", virtual + "user = 1\ngroup = 1\n", false, ""},
		{"more spare children than children", "parallel-type = \"prefork\"\nmin-servers = 9\nmax-servers = 3\n", false, "min-servers"},
		{"damaged CA of MySQL", "auth-type = \"mysql\"\nmysql-user = \"a\"\nmysql-db = \"a\"\nmysql-server = \"db.example\"\nmysql-tls = true\nuser = 1\ngroup = 1\nmysql-tls-ca = " + ca, false, "mysql-tls-ca"},
		{"damaged CA of a POP3 server", "mailbox-type = \"proxy\"\npop-server = \"h:110\"\npop-server-tls = \"stls\"\npop-server-tls-ca = " + ca, false, "pop-server-tls-ca"},
		{"damaged CA, one connection", "mailbox-type = \"proxy\"\npop-server = \"h:110\"\npop-server-tls = \"stls\"\npop-server-tls-ca = " + ca, true, ""},
		{"too many descriptors", manySessions, false, tooMany},
		{"one connection", manySessions, true, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := parameters(warnings(load(t, test.content), test.single)); got != test.want {
				t.Errorf("%q, want %q", got, test.want)
			}
		})
	}
}

// TestDescriptors checks how many descriptors each process model needs.
func TestDescriptors(t *testing.T) {
	const proxy = "mailbox-type = \"proxy\"\npop-server = \"192.0.2.1\"\n"
	for content, want := range map[string]uint64{
		"parallel-type = \"thread\"\nmax-servers = 10\n":          40,
		"parallel-type = \"thread\"\nmax-servers = 10\n" + proxy:  20,
		"parallel-type = \"prefork\"\nmax-servers = 10\n":         10,
		"parallel-type = \"prefork\"\nmax-servers = 10\n" + proxy: 10,
	} {
		if got := descriptors(load(t, content)); got != want {
			t.Errorf("%s: %d, want %d", content, got, want)
		}
	}
}

// TestPublicSecrets checks that a warning about a secret that all users can read names its
// parameter.
func TestPublicSecrets(t *testing.T) {
	const oauth = "oauth-tokens = \"introspection\"\noauth-introspection-url = \"https://x.example/\"\noauth-client-id = \"x\"\n"
	secret := filepath.Join(t.TempDir(), "secret")
	if err := os.WriteFile(secret, []byte("x"), 0o644); err != nil {
		t.Fatal(err)
	}
	for _, test := range []struct{ content, option, want string }{
		{oauth + "oauth-client-secret = \"x\"\n", "", "oauth-client-secret"},
		{oauth + "oauth-client-secret-file = \"" + secret + "\"\n", "", "oauth-client-secret-file"},
		{oauth, "--oauth-client-secret-file=" + secret, "oauth-client-secret-file"},
		{"auth-type = \"mysql\"\nmysql-db = \"x\"\nmysql-passwd = \"x\"\nuser = 1\ngroup = 1\n", "", "mysql-passwd"},
	} {
		name := filepath.Join(t.TempDir(), "tpops.toml")
		if err := errors.Join(os.WriteFile(name, []byte(test.content), 0o644), os.Chmod(name, 0o644)); err != nil {
			t.Fatal(err)
		}
		args := []string{"--config=" + name}
		if test.option != "" {
			args = append(args, test.option)
		}
		c, err := config.Load(config.Source{Args: args, Hostname: "host"})
		if err != nil {
			t.Fatal(err)
		}
		if got := parameters(warnings(c, true)); got != test.want {
			t.Errorf("%s %s: %q, want %q", test.content, test.option, got, test.want)
		}
	}
}

func TestLogWarnings(t *testing.T) {
	var text bytes.Buffer
	c := load(t, "parallel-type = \"prefork\"\nmin-servers = 9\nmax-servers = 3\n")
	LogWarnings(c, false, slog.New(slog.NewTextHandler(&text, nil)))
	if got := text.String(); !strings.Contains(got, `level=WARN msg="configuration warning" parameter=min-servers error="it is larger`) {
		t.Errorf("%q", got)
	}
}

// A deprecated parameter has an event at startup and at a reload, and a line of
// --check-config.
func TestDeprecated(t *testing.T) {
	c := load(t, "hostname = \"x.example\"\n")
	problem := c.Problem("hostname", errors.New(config.Deprecation{Since: "1.2.0", Replacement: "name"}.String()))
	deprecated := maps.All(map[string]config.Problem{"hostname": problem})

	var logged bytes.Buffer
	LogDeprecated(deprecated, slog.New(slog.NewTextHandler(&logged, nil)))
	want := `level=WARN msg="parameter deprecated" parameter=hostname error="` + problem.Error()
	if got := logged.String(); !strings.Contains(got, want) || !strings.Contains(want, ":1:12: hostname: deprecated since 1.2.0, a later version removes it: use name") {
		t.Errorf("%q, want %q", got, want)
	}
	var printed bytes.Buffer
	n := printWarnings(&printed, []config.Problem{{Text: "first"}}, deprecated)
	if got, want := printed.String(), "tpops: warning: first\ntpops: warning: "+problem.Error()+"\n"; n != 2 || got != want {
		t.Errorf("%d, %q, want 2, %q", n, got, want)
	}
}

// damagedCA returns a file of two certificates, the second of which is incomplete.
func damagedCA(t *testing.T) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "ca.pem")
	text := string(certstest.NewAuthority(t).PEM) + "-----BEGIN CERTIFICATE-----\nAAAA\n"
	if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return name
}
