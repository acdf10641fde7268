//go:build integration

package tls

import (
	"crypto/tls"
	"os"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/fixture"
)

// While passwd-file is missing and the certificate does not match its key, as halfway
// through a renewal, clients are served with what was read last, also by new processes.
func TestParallelFilesUnusable(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		params := []string{parallelType, "--error-interval=0"}
		if strings.HasSuffix(parallelType, "prefork") {
			params = append(params, "--max-use=1") // Each session gets a new process.
		}
		s := fixture.StartSecured(t, params...)
		next := s.Authority.Issue(t, certstest.Leaf{CommonName: "second", Names: []string{"localhost", "127.0.0.1"}})
		if err := os.WriteFile(s.Cert, next.Cert, 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Remove(s.Box.Users); err != nil {
			t.Fatal(err)
		}
		for range 4 {
			client, name := s.Dial(t, &tls.Config{})
			if name != "first" {
				t.Errorf("certificate of %q", name)
			}
			client.OK("USER " + fixture.User)
			client.OK("PASS " + fixture.Password)
			client.OK("QUIT")
		}
	})
}
