package main

import (
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/auth/system"
	"tpops/pkg/config"
	"tpops/pkg/password"
	"tpops/pkg/pop3"
	"tpops/pkg/sasl"
	"tpops/pkg/workers"
)

// saslBackend returns the backend for the users of a passwd-file and further
// parameters.
func saslBackend(t *testing.T, users string, params ...string) (*pop3.Backend, error) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "users")
	if err := os.WriteFile(file, []byte(users), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{
		Args:     append([]string{"--auth-type=passwd-file", "--passwd-file=" + file}, params...),
		Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none"),
	})
	if err != nil {
		return nil, err
	}
	return (&program{config: c, logger: slog.New(slog.DiscardHandler)}).newBackend(c)
}

const (
	clearRow  = "ann:{PLAIN}x::::/home/ann::\n"
	cryptRow  = "bob:$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4.::::/home/bob::\n"
	sha256Row = "eve:{SCRAM-SHA-256}4096,yZZGLZJm7opG3t/O9IJKxg==,11qw0/YetFbk3dc0noG/TyF6ncKI2WMQ+qc/f+OLSMc=,GFmZmu4oIZUEKyBghhDvwmMp/VCaIVuLdldwEShOWKA=::::/home/eve::\n"
)

// TestMechanisms holds that what is announced works: for all users, or for some
// if it was named.
func TestMechanisms(t *testing.T) {
	tests := []struct {
		name, users, param, want string
	}{
		{"clear", clearRow, "", "PLAIN LOGIN CRAM-MD5 SCRAM-SHA-256 SCRAM-SHA-1"},
		{"crypt", cryptRow, "", "PLAIN LOGIN"},
		{"some clear", clearRow + cryptRow, "", "PLAIN LOGIN"},
		{"some clear, and named", clearRow + cryptRow, "--sasl-mechanisms=SCRAM-SHA-256,plain,CRAM-MD5", "PLAIN CRAM-MD5 SCRAM-SHA-256"},
		{"named, and works for nobody", cryptRow, "--sasl-mechanisms=CRAM-MD5", ""},
		{"keys", sha256Row, "", "PLAIN LOGIN SCRAM-SHA-256"},
		{"keys and clear", sha256Row + clearRow, "", "PLAIN LOGIN SCRAM-SHA-256"},
		{"none", clearRow, "--sasl-mechanisms=none", ""},
		{"nobody at all", "", "", "PLAIN LOGIN"},
		{"introspection", cryptRow, "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/", "PLAIN LOGIN XOAUTH2 OAUTHBEARER"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, err := saslBackend(t, tt.users, strings.Fields(tt.param)...)
			if err != nil {
				t.Fatal(err)
			}
			var names []string
			for _, m := range b.Mechanisms {
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

// TestMechanismsRefused holds that a mechanism that can never work is refused.
func TestMechanismsRefused(t *testing.T) {
	tests := []struct{ name, params, want string }{
		{"no such mechanism", "--sasl-mechanisms=PLAIN,GSSAPI", "must be names of mechanisms"},
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
		{"tokens that nothing takes", "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/ --sasl-mechanisms=PLAIN,EXTERNAL", "introspection has no effect without OAUTHBEARER"},
		{"tokens, and a proxy", "--oauth-tokens=introspection --oauth-introspection-url=http://[::1]:1/ --mailbox-type=proxy --pop-server=127.0.0.1", "introspection has no effect with mailbox-type = proxy"},
		{"expire", "--expire=soon", "must be a number of days"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if _, err := saslBackend(t, clearRow, strings.Fields(tt.params)...); err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("%v, want %s", err, tt.want)
			}
		})
	}
}

// TestMechanismsOfChild: a file of keys that is just being written keeps nobody
// out who has a password.
func TestMechanismsOfChild(t *testing.T) {
	keys := filepath.Join(t.TempDir(), "keys")
	if err := os.WriteFile(keys, []byte("{half a fi"), 0o600); err != nil {
		t.Fatal(err)
	}
	c, err := config.Load(config.Source{
		Args:     []string{"--auth-type=passwd-file", "--passwd-file=/dev/null", "--oauth-tokens=jwks", "--oauth-issuer=x", "--oauth-audience=x", "--oauth-jwks-file=" + keys},
		Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none"),
	})
	if err != nil {
		t.Fatal(err)
	}
	users := auth.NewSequence(password.NewVerifier(), system.NewPasswd(system.PasswdConfig{}))
	for name, p := range map[string]*program{
		"a child": {child: &workers.Child{}}, "inetd": {single: true},
		"the daemon": {}, "a test": {child: &workers.Child{Probe: true}},
	} {
		p.config, p.logger = c, slog.New(slog.DiscardHandler)
		err := p.setMechanisms(&pop3.Backend{}, c, users)
		if (err != nil) != (name == "the daemon" || name == "a test") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// TestMechanismsMySQL: what a table has depends on mysql-crypt-passwd.
func TestMechanismsMySQL(t *testing.T) {
	load := func(params ...string) *config.Config {
		c, err := config.Load(config.Source{
			Args:     append([]string{"--auth-type=mysql", "--mysql-server=/nonexistent", "--mysql-db=mail"}, params...),
			Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none"),
		})
		if err != nil {
			t.Fatal(err)
		}
		return c
	}
	for params, want := range map[string]string{
		"--mysql-crypt-passwd=yes --sasl-mechanisms=CRAM-MD5":      "CRAM-MD5 cannot work with passwords as they are stored",
		"--mysql-crypt-passwd=crypt --sasl-mechanisms=SCRAM-SHA-1": "SCRAM-SHA-1 cannot work with passwords as they are stored",
		"--mysql-crypt-passwd=yes --sasl-mechanisms=SCRAM-SHA-256": "",
		"--mysql-crypt-passwd=no --sasl-mechanisms=PLAIN,CRAM-MD5": "",
	} {
		c := load(strings.Fields(params)...)
		b, err := (&program{config: c, logger: slog.New(slog.DiscardHandler)}).newBackend(c)
		if (err == nil) != (want == "") || err != nil && !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %s", params, err, want)
		}
		if err == nil {
			b.Release()
		}
	}
}

// TestMechanismsPAM: a certificate or a token lets nobody in whom only PAM knows.
func TestMechanismsPAM(t *testing.T) {
	ca := []string{"--auth-type=pam", "--tls-client-ca=/x", "--tls-cert=/x", "--tls-key=/x"}
	tokens := []string{"--auth-type=pam", "--oauth-tokens=introspection", "--oauth-introspection-url=http://[::1]:1/"}
	for want, params := range map[string][]string{
		"EXTERNAL cannot work with auth-type = pam":          append(ca, "--sasl-mechanisms=EXTERNAL"),
		"introspection has no effect with auth-type = pam":   tokens,
		"XOAUTH2 cannot work with oauth-tokens = none":       append(ca, "--sasl-mechanisms=XOAUTH2"),
		"SCRAM-SHA-1 cannot work with passwords as they are": append(ca, "--sasl-mechanisms=SCRAM-SHA-1"),
	} {
		c, err := config.Load(config.Source{Args: params, Hostname: "test.example.org", DefaultFile: filepath.Join(t.TempDir(), "none")})
		if err != nil {
			t.Fatal(err)
		}
		b, users := &pop3.Backend{}, auth.NewSequence(password.NewVerifier(), system.NewPAM(system.PAMOptions{}))
		if err := (&program{config: c}).setMechanisms(b, c, users); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%v: %v, want %s", params, err, want)
		}
	}
}

// TestMechanismNames holds that config knows the names of sasl, in its order.
func TestMechanismNames(t *testing.T) {
	all := strings.Join(sasl.Names(), ", ")
	if i := slices.IndexFunc(config.Params(), func(p config.Param) bool { return p.Name == "sasl-mechanisms" }); !strings.Contains(config.Params()[i].Help, all+";") {
		t.Errorf("not in the help: %s", all)
	}
}
