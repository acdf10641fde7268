package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestCertificates(t *testing.T) {
	for _, test := range []struct {
		name, file, credentials string
		cert, key               string
		wantErr                 string
	}{
		{name: "none"},
		{name: "one file", file: "tls-cert='/c.pem'", cert: "/c.pem"},
		{name: "two pairs", file: "tls-cert='/a,/b'\ntls-key='/c, /d'", cert: "/a,/b", key: "/c,/d"},
		{name: "keys in the files", file: "tls-cert='/a,/b'", cert: "/a,/b"},
		{name: "credentials", credentials: "tls-cert tls-key", cert: "DIR/tls-cert", key: "DIR/tls-key"},
		{name: "one credential", credentials: "tls-cert", cert: "DIR/tls-cert"},
		{name: "credentials and others", file: "tls-port=995\ntls-min-version='1.3'", credentials: "tls-cert tls-key", cert: "DIR/tls-cert", key: "DIR/tls-key"},
		{name: "key with another credential", file: "tls-cert='/c'\ntls-key='/k'", credentials: "tls-key", cert: "/c", key: "/k"},

		{name: "too few keys", file: "tls-cert='/a,/b'\ntls-key='/c'", wantErr: ":2:9: tls-key: must list as many files as tls-cert: 2, not 1"},
		{name: "too many keys", file: "tls-cert='/a'\ntls-key='/c,/d'", wantErr: ":2:9: tls-key: must list as many files as tls-cert: 1, not 2"},
		{name: "key alone", file: "tls-key='/c'", wantErr: ":1:9: tls-key: has an effect only if tls-cert is set"},
		{name: "port alone", file: "tls-port=995", wantErr: ":1:10: tls-port: has an effect only if tls-cert is set"},
		{name: "version alone", file: "tls-min-version='1.3'", wantErr: ":1:17: tls-min-version: has an effect only if tls-cert is set"},
		{name: "authority alone", file: "tls-client-ca='/a'", wantErr: ":1:15: tls-client-ca: has an effect only if tls-cert is set"},
		{name: "port with inetd", file: "tls-cert='/a'\ntls-port=995\ninetd=true", wantErr: ":2:10: tls-port: has no effect with inetd = yes"},
		{name: "relative", file: "tls-cert='a'", wantErr: `:1:10: tls-cert: must be absolute paths below /, separated by commas, not "a"`},
		{name: "no such version", file: "tls-cert='/a'\ntls-min-version='1.1'", wantErr: `:2:17: tls-min-version: must be 1.2 or 1.3, not "1.1"`},
		{name: "credential and file", file: "tls-cert='/c'", credentials: "tls-cert", wantErr: "DIR/tls-cert: the credential exists, but tls-cert is set, too: remove one of them"},
		{name: "credential and key", file: "tls-key='/c'", credentials: "tls-cert",
			wantErr: ":1:9: tls-key: the certificate is the credential tls-cert: remove this and pass the key as the credential tls-key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			dir := t.TempDir()
			for name := range strings.FieldsSeq(test.credentials) {
				if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			file := filepath.Join(dir, "t.toml")
			if err := os.WriteFile(file, []byte(test.file), 0o600); err != nil {
				t.Fatal(err)
			}
			c, err := Load(Source{
				Args: []string{"--config=" + file}, Hostname: "mail.example.org",
				Getenv: func(string) string { return dir },
			})
			if test.wantErr != "" {
				if err == nil || !strings.HasSuffix(err.Error(), strings.ReplaceAll(test.wantErr, "DIR", dir)) {
					t.Errorf("%v, want %s", err, test.wantErr)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			got := strings.ReplaceAll(strings.Join(c.TLS.Cert, ",")+" "+strings.Join(c.TLS.Key, ","), dir, "DIR")
			if got != test.cert+" "+test.key {
				t.Errorf("got %s, want %s %s", got, test.cert, test.key)
			}
		})
	}
}
