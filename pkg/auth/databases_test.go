package auth_test

import (
	"os"
	"path/filepath"
	"testing"
	"time"

	"tpops/pkg/auth"
	"tpops/pkg/auth/passwdfile"
	"tpops/pkg/auth/system"
	"tpops/pkg/password"
)

// write writes a file in a new directory and returns its path.
func write(t *testing.T, text string) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "file")
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// openFile opens a passwd-file with these rows.
func openFile(t *testing.T, text string) *passwdfile.File {
	t.Helper()
	f, err := passwdfile.Open(t.Context(), passwdfile.Options{Path: write(t, text), Maildir: "Maildir", Verifier: password.NewVerifier()})
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// systemUsers returns a system whose only user is alice.
func systemUsers(t *testing.T) *system.Passwd {
	t.Helper()
	return system.NewPasswd(system.PasswdConfig{
		Passwd:  write(t, "alice:x:1000:1001:Alice,,,:/home/alice:/bin/sh\n"),
		Shadow:  write(t, "alice:"+password.Decoy().Data+":19000:0:99999:7:::\n"),
		Group:   write(t, "alice:x:1001:\n"),
		Maildir: "Maildir", Verifier: password.NewVerifier(), Now: time.Now,
	})
}

// alone returns a sequence with only this database.
func alone(d auth.Database) *auth.Sequence { return auth.NewSequence(password.NewVerifier(), d) }
