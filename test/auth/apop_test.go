//go:build integration

package auth

import (
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestAPOP makes the file of secrets with tpops_passwd, and logs in with it.
func TestAPOP(t *testing.T) {
	fixture.NeedRoot(t) // auth-type=passwd reads /etc/shadow
	u := fixture.AddSystemUser(t)
	secrets := filepath.Join(t.TempDir(), "apop")
	fixture.RunTpopsPasswd(t, secrets, u.Name, "apop secret")
	d := fixture.Start(t, "--auth-type=passwd", "--apop-passwd-file="+secrets, "--error-interval=0")
	fixture.APOP(t, d, u.Name, "apop secret", `^\+OK `+u.Name+` has 3 messages`)
	fixture.APOP(t, d, u.Name, "wrong", `^-ERR \[AUTH\] authentication failed$`)
	// The password of the system is another one.
	fixture.APOP(t, d, u.Name, u.Password, `^-ERR \[AUTH\] authentication failed$`)
	fixture.APOP(t, d, "root", "", `^-ERR \[AUTH\] authentication failed$`)
}

// TestChallenge: each connection has a challenge of its own, that is a legal
// Message-ID with the host name in it, and a long random part.
func TestChallenge(t *testing.T) {
	d := fixture.Small(t).Start(t, "--hostname=pop.example.org")
	seen := map[string]bool{}
	form := regexp.MustCompile(`^<\d+\.\d+\.([a-z0-9]{16})@pop\.example\.org>$`)
	for range 50 {
		text := fixture.Challenge(t, d)
		parts := form.FindStringSubmatch(text)
		if parts == nil {
			t.Fatalf("challenge %q", text)
		}
		if _, err := mail.ParseAddress(text); err != nil {
			t.Errorf("%s has not the form of an address: %v", text, err)
		}
		if seen[parts[1]] {
			t.Errorf("%s came twice", parts[1])
		}
		seen[parts[1]] = true
	}
}

// TestHostnameIsUname: without hostname it is what uname -n prints.
func TestHostnameIsUname(t *testing.T) {
	var name syscall.Utsname
	if err := syscall.Uname(&name); err != nil {
		t.Fatal(err)
	}
	node := ""
	for _, c := range name.Nodename {
		if c == 0 {
			break
		}
		node += string(rune(c))
	}
	if text := fixture.Challenge(t, fixture.Small(t).Start(t)); !strings.HasSuffix(text, "@"+node+">") {
		t.Errorf("challenge %q, uname -n is %q", text, node)
	}
}

// TestAPOPNotOffered: where APOP cannot work there is no challenge, and the
// command is refused.
func TestAPOPNotOffered(t *testing.T) {
	dir := t.TempDir()
	maildir := filepath.Join(dir, "Maildir")
	if err := corpus.Write(maildir, corpus.Messages(1, 1)); err != nil {
		t.Fatal(err)
	}
	users := filepath.Join(dir, "users")
	hashed := daemon.User{Login: fixture.User, Password: "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", Maildir: maildir}
	if err := daemon.WriteUsers(users, hashed); err != nil {
		t.Fatal(err)
	}
	some := filepath.Join(dir, "some")
	if err := daemon.WriteUsers(some, daemon.User{Login: "clear", Password: "{PLAIN}" + fixture.Password, Maildir: maildir}, hashed); err != nil {
		t.Fatal(err)
	}
	setups := map[string][]string{
		"only hashes": {"--auth-type=passwd-file", "--passwd-file=" + users},
		"some hashes": {"--auth-type=passwd-file", "--passwd-file=" + some},
	}
	if os.Getuid() == 0 {
		setups["no file"] = []string{"--auth-type=passwd"}
	}
	for name, params := range setups {
		t.Run(name, func(t *testing.T) {
			d := fixture.Start(t, append(params, "--error-interval=0")...)
			if text := fixture.Challenge(t, d); text != "" {
				t.Errorf("APOP is offered: %s", text)
			}
			fixture.APOP(t, d, fixture.User, fixture.Password, `^-ERR APOP not supported$`)
			if _, capa, err := fixture.Dial(t, d).Multi("CAPA"); err != nil || strings.Contains(string(capa), "APOP") {
				t.Errorf("CAPA: %q, %v", capa, err)
			}
		})
	}
}

// TestAPOPFileUnusable: a server whose file of secrets is missing, damaged or
// open to all does not start, and reports why.
func TestAPOPFileUnusable(t *testing.T) {
	fixture.NeedRoot(t) // auth-type=passwd reads /etc/shadow
	dir := t.TempDir()
	public, damaged, old := filepath.Join(dir, "public"), filepath.Join(dir, "damaged"), filepath.Join(dir, "old")
	fixture.RunTpopsPasswd(t, public, "mrose", "tanstaaf")
	if err := os.Chmod(public, 0o644); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{damaged: "no cdb file", old + ".pag": "\xcf\x9a\x57\x13"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file", damaged: "not a complete cdb file", public: "allows all users", old: "gdbm_dump " + old + ".pag | tpopsctl import-passwd",
	} {
		code, _, stderr := fixture.RunTPOPS(t, "--fg", "--port=127.0.0.1:0", "--auth-type=passwd", "--apop-passwd-file="+file, "--syslog=none")
		if code != 78 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d\n%s", filepath.Base(file), code, stderr)
		}
	}
}

// TestAPOPWhileForAll: the greeting offers APOP only while it works for all users
// of the file, so that clients of the others do not fail.
func TestAPOPWhileForAll(t *testing.T) {
	box := fixture.Small(t)
	d := box.Start(t, "--error-interval=0")
	clear := daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: box.Dir}
	hashed := daemon.User{Login: "hashed", Password: "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", Maildir: box.Dir}
	if fixture.Challenge(t, d) == "" {
		t.Error("APOP is not offered, though all passwords are in the clear")
	}
	for _, users := range [][]daemon.User{{clear, hashed}, {clear}} {
		if err := daemon.WriteUsers(box.Users, users...); err != nil {
			t.Fatal(err)
		}
		fixture.Eventually(t, "the greeting follows the file", func() bool {
			if c, err := daemon.Login(d.Addr, fixture.User, fixture.Password); err == nil { // A login has the file read again.
				c.Close()
			}
			return (fixture.Challenge(t, d) != "") == (len(users) == 1)
		})
	}
}
