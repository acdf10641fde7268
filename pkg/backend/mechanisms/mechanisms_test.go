package mechanisms

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/system"
	"tpops/pkg/backend/userdb"
	"tpops/pkg/config"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/sasl"
)

// load returns the configuration of options.
func load(t *testing.T, params ...string) (*config.Config, error) {
	t.Helper()
	return config.Load(config.Source{Args: params, Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none")})
}

// offered returns the mechanisms for the databases that the options name, or for a
// proxy.
func offered(t *testing.T, params ...string) ([]pop3.Mechanism, error) {
	t.Helper()
	c, err := load(t, params...)
	if err != nil {
		return nil, err
	}
	tokens, err := OpenTokens(c, false, slog.New(slog.DiscardHandler))
	if err != nil {
		return nil, err
	}
	if c.Mailbox.Type == "proxy" {
		return Offered(c, Users{Passwords: auth.NewSequence(password.NewVerifier()), Tokens: tokens})
	}
	env := &userdb.Environment{Verifier: password.NewVerifier(), PAM: &userdb.PAM{}, Log: slog.New(slog.DiscardHandler)}
	d, err := userdb.Open(c, env)
	if err != nil {
		return nil, err
	}
	t.Cleanup(d.Close)
	users := auth.NewSequence(env.Verifier, d.All...)
	return Offered(c, Users{Passwords: users, Databases: users, Tokens: tokens})
}

// offeredFor returns the mechanisms for the rows of a passwd-file.
func offeredFor(t *testing.T, rows string, params ...string) ([]pop3.Mechanism, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte(rows), 0o600); err != nil {
		t.Fatal(err)
	}
	return offered(t, append([]string{"--auth-type=passwd-file", "--passwd-file=" + file}, params...)...)
}

const (
	clearRow  = "ann:{PLAIN}x::::/home/ann::\n"
	cryptRow  = "bob:$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4.::::/home/bob::\n"
	sha256Row = "eve:{SCRAM-SHA-256}4096,yZZGLZJm7opG3t/O9IJKxg==,11qw0/YetFbk3dc0noG/TyF6ncKI2WMQ+qc/f+OLSMc=,GFmZmu4oIZUEKyBghhDvwmMp/VCaIVuLdldwEShOWKA=::::/home/eve::\n"
)

// TestOffered checks that mechanisms are offered which work for all users, or for some
// users if the operator named them.
func TestOffered(t *testing.T) {
	tests := []struct {
		name, users, param, want string
	}{
		{"clear", clearRow, "", "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-1"},
		{"crypt", cryptRow, "", "PLAIN LOGIN"},
		{"some clear", clearRow + cryptRow, "", "PLAIN LOGIN"},
		{"some clear, and named", clearRow + cryptRow, "--sasl-mechanisms=SCRAM-SHA-256,plain,CRAM-MD5", "PLAIN CRAM-MD5 SCRAM-SHA-256"},
		{"named, and works for no user", cryptRow, "--sasl-mechanisms=CRAM-MD5", ""},
		{"keys", sha256Row, "", "PLAIN LOGIN SCRAM-SHA-256"},
		{"keys and clear", sha256Row + clearRow, "", "PLAIN LOGIN SCRAM-SHA-256"},
		{"none", clearRow, "--sasl-mechanisms=none", ""},
		{"no users", "", "", "PLAIN LOGIN"},
		{"introspection", cryptRow, "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/", "PLAIN LOGIN XOAUTH2 OAUTHBEARER"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			mechanisms, err := offeredFor(t, tt.users, strings.Fields(tt.param)...)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range mechanisms {
				if m.Usable(&pop3.Channel{}) {
					names = append(names, m.Name)
				}
			}
			if got := strings.Join(names, " "); got != tt.want {
				t.Errorf("%s, want %s", got, tt.want)
			}
		})
	}
}

// TestOfferedRejects checks that a mechanism which can never work is an error.
func TestOfferedRejects(t *testing.T) {
	tests := []struct{ name, params, want string }{
		{"no such mechanism", "--sasl-mechanisms=PLAIN,GSSAPI", "must be none, or mechanisms separated by commas"},
		{"twice", "--sasl-mechanisms=PLAIN,plain", "PLAIN twice"},
		{"no certificates", "--sasl-mechanisms=EXTERNAL", "EXTERNAL cannot work without tls-client-ca"},
		{"no TLS", "--sasl-mechanisms=SCRAM-SHA-1-PLUS", "cannot work without tls-cert"},
		{"no tokens", "--sasl-mechanisms=XOAUTH2", "XOAUTH2 cannot work with oauth-tokens = none"},
		{"no keys", "--oauth-tokens=jwks --oauth-issuer=x --oauth-audience=x --oauth-jwks-file=/nonexistent", "oauth-jwks-file: open /nonexistent"},
		{"no audience", "--oauth-tokens=jwks --oauth-issuer=x --oauth-jwks-file=/nonexistent", "jwks needs oauth-audience"},
		{"tokens in clear", "--oauth-tokens=introspection --oauth-introspection-url=http://192.0.2.1/", "must begin with https://"},
		{"issuer without effect", "--oauth-issuer=x", "has an effect only with oauth-tokens = jwks"},
		{"no file", "--oauth-tokens=jwks --oauth-issuer=x", "oauth-tokens = jwks needs oauth-jwks-file"},
		{"tokens, and no AUTH", "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/ --sasl-mechanisms=none", "introspection has no effect without OAUTHBEARER"},
		{"tokens that no mechanism accepts", "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/ --sasl-mechanisms=PLAIN,EXTERNAL", "introspection has no effect without OAUTHBEARER"},
		{"tokens, and a proxy", "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/ --mailbox-type=proxy --pop-server=127.0.0.1", "introspection has no effect with mailbox-type = proxy"},
		{"expire", "--expire=soon", "must be a number of days"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := offeredFor(t, clearRow, strings.Fields(tt.params)...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestOpenTokensIncompleteFile checks that a file of keys which is being written is an
// error, except in a process that is one of many: there users with a password must be
// able to log in.
func TestOpenTokensIncompleteFile(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("{half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := load(t, "--auth-type=passwd-file", "--passwd-file=/dev/null", "--oauth-tokens=jwks", "--oauth-issuer=x", "--oauth-audience=x", "--oauth-jwks-file="+keys)
	if err != nil {
		t.Fatal(err)
	}
	if checker, err := OpenTokens(c, true, slog.New(slog.DiscardHandler)); checker == nil || err != nil {
		t.Errorf("one of many: %v, %v", checker, err)
	}
	if _, err := OpenTokens(c, false, slog.New(slog.DiscardHandler)); err == nil || !strings.Contains(err.Error(), "oauth-jwks-file: ") {
		t.Errorf("the only one: %v", err)
	}
}

// TestOpenTokensNone checks that no tokens are accepted by default.
func TestOpenTokensNone(t *testing.T) {
	c, err := load(t)
	if err != nil {
		t.Fatal(err)
	}
	if checker, err := OpenTokens(c, false, slog.New(slog.DiscardHandler)); checker != nil || err != nil {
		t.Errorf("%v, %v", checker, err)
	}
}

// TestOfferedMySQL checks that mysql-crypt-passwd decides which mechanisms can work.
func TestOfferedMySQL(t *testing.T) {
	for params, want := range map[string]string{
		"--mysql-crypt-passwd=yes --sasl-mechanisms=CRAM-MD5":      "CRAM-MD5 cannot work with passwords as they are stored",
		"--mysql-crypt-passwd=crypt --sasl-mechanisms=SCRAM-SHA-1": "SCRAM-SHA-1 cannot work with passwords as they are stored",
		"--mysql-crypt-passwd=yes --sasl-mechanisms=SCRAM-SHA-256": "",
		"--mysql-crypt-passwd=no --sasl-mechanisms=PLAIN,CRAM-MD5": "",
	} {
		_, err := offered(t, append([]string{"--auth-type=mysql", "--mysql-server=/nonexistent", "--mysql-db=mail"}, strings.Fields(params)...)...)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", params, err, want)
		}
	}
}

// TestOfferedPAM checks that a certificate or a token is no login for a user whom only
// PAM knows.
func TestOfferedPAM(t *testing.T) {
	ca := []string{"--auth-type=pam", "--tls-client-ca=/x", "--tls-cert=/x", "--tls-key=/x"}
	tokens := []string{"--auth-type=pam", "--oauth-tokens=introspection", "--oauth-introspection-url=http://[::1]:1/"}
	for want, params := range map[string][]string{
		"EXTERNAL cannot work with auth-type = pam or dovecot":        append(ca, "--sasl-mechanisms=EXTERNAL"),
		"introspection has no effect with auth-type = pam or dovecot": tokens,
		"XOAUTH2 cannot work with oauth-tokens = none":                append(ca, "--sasl-mechanisms=XOAUTH2"),
		"SCRAM-SHA-1 cannot work with passwords as they are":          append(ca, "--sasl-mechanisms=SCRAM-SHA-1"),
	} {
		c, err := load(t, params...)
		if err != nil {
			t.Fatal(err)
		}
		users := auth.NewSequence(password.NewVerifier(), system.NewPAM(system.PAMOptions{}))
		if _, err := Offered(c, Users{Passwords: users, Databases: users}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", params, err, want)
		}
	}
}

// TestNames checks that config has the names of package sasl, in its order.
func TestNames(t *testing.T) {
	all := strings.Join(sasl.Names(), ", ")
	if i := slices.IndexFunc(config.Params(), func(p config.Param) bool { return p.Name == "sasl-mechanisms" }); !strings.Contains(config.Params()[i].Help, all+";") {
		t.Errorf("not in the help: %s", all)
	}
}
