package userdb

import (
	"log/slog"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/password"
)

// TestOpenDovecot checks that Dovecot need not be running yet, and that a proxy cannot
// have its users.
func TestOpenDovecot(t *testing.T) {
	env := &Environment{Verifier: password.NewVerifier(), PAM: &PAM{}, Log: slog.New(slog.DiscardHandler)}
	c := load(t, "--auth-type=dovecot", "--dovecot-auth-socket=/nonexistent/a/auth-client", "--dovecot-userdb-socket=/nonexistent/b/auth-userdb")
	d, err := Open(c, env)
	if err != nil || d.Dovecot == nil || len(d.All) != 1 {
		t.Fatalf("%+v, %v", d, err)
	}
	defer d.Close()
	if _, err := d.All[0].Find(t.Context(), "ann"); err == nil || !strings.Contains(err.Error(), "dovecot: /nonexistent/b/auth-userdb: ") {
		t.Error(err)
	}
	if got := Sockets(c); !slices.Equal(got, []string{"/nonexistent/a", "/nonexistent/b"}) {
		t.Errorf("sockets %q", got)
	}
	proxy := load(t, "--auth-type=dovecot", "--mailbox-type=proxy", "--pop-server=192.0.2.2")
	if _, err := OpenLocators(proxy, env); err == nil || !strings.Contains(err.Error(), "dovecot cannot be used with mailbox-type = proxy") {
		t.Error(err)
	}
}
