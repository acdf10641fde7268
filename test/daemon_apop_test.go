//go:build integration

package test

import (
	"crypto/md5"
	"encoding/hex"
	"net/mail"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"syscall"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// challenge connects and returns the challenge for APOP, or nothing if it is
// not offered.
func challenge(t *testing.T, d *daemon.Daemon) string {
	t.Helper()
	c, greeting, err := daemon.Dial(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	return regexp.MustCompile(`<.*>`).FindString(greeting)
}

// apop logs in with APOP, or tries to, and checks the answer.
func apop(t *testing.T, d *daemon.Daemon, name, secret, want string) {
	t.Helper()
	c, greeting, err := daemon.Dial(d.Addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	digest := md5.Sum([]byte(regexp.MustCompile(`<.+@.+>`).FindString(greeting) + secret))
	session{c, t}.want("APOP "+name+" "+hex.EncodeToString(digest[:]), want)
}

// TestAPOP makes the file of secrets with tpops_passwd, and logs in with it.
func TestAPOP(t *testing.T) {
	needRoot(t) // auth-type=passwd reads /etc/shadow
	u := addSystemUser(t)
	secrets := filepath.Join(t.TempDir(), "apop")
	tpopsPasswd(t, secrets, u.name, "apop secret")
	d := start(t, "--auth-type=passwd", "--apop-passwd-file="+secrets, "--error-interval=0")
	apop(t, d, u.name, "apop secret", `^\+OK `+u.name+` has 3 messages`)
	apop(t, d, u.name, "wrong", `^-ERR \[AUTH\] authentication failed$`)
	// The password of the system is another one.
	apop(t, d, u.name, u.password, `^-ERR \[AUTH\] authentication failed$`)
	apop(t, d, "root", "", `^-ERR \[AUTH\] authentication failed$`)
}

// TestChallenge: each connection has a challenge of its own, that is a legal
// Message-ID with the host name in it, and a long random part.
func TestChallenge(t *testing.T) {
	d := small(t).start(t, "--hostname=pop.example.org")
	seen := map[string]bool{}
	form := regexp.MustCompile(`^<\d+\.\d+\.([a-z0-9]{16})@pop\.example\.org>$`)
	for range 50 {
		text := challenge(t, d)
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
	if text := challenge(t, small(t).start(t)); !strings.HasSuffix(text, "@"+node+">") {
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
	hashed := daemon.User{Login: login, Password: "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", Maildir: maildir}
	if err := daemon.WriteUsers(users, hashed); err != nil {
		t.Fatal(err)
	}
	some := filepath.Join(dir, "some")
	if err := daemon.WriteUsers(some, daemon.User{Login: "clear", Password: "{PLAIN}" + password, Maildir: maildir}, hashed); err != nil {
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
			d := start(t, append(params, "--error-interval=0")...)
			if text := challenge(t, d); text != "" {
				t.Errorf("APOP is offered: %s", text)
			}
			apop(t, d, login, password, `^-ERR APOP not supported$`)
			if _, capa, err := dial(t, d).Multi("CAPA"); err != nil || strings.Contains(string(capa), "APOP") {
				t.Errorf("CAPA: %q, %v", capa, err)
			}
		})
	}
}

// TestAPOPFileUnusable: a server whose file of secrets is missing, damaged or
// open to all does not start, and says why.
func TestAPOPFileUnusable(t *testing.T) {
	needRoot(t) // auth-type=passwd reads /etc/shadow
	dir := t.TempDir()
	public, damaged, old := filepath.Join(dir, "public"), filepath.Join(dir, "damaged"), filepath.Join(dir, "old")
	tpopsPasswd(t, public, "mrose", "tanstaaf")
	if err := os.Chmod(public, 0o644); err != nil {
		t.Fatal(err)
	}
	for file, text := range map[string]string{damaged: "no cdb file", old + ".pag": "\xcf\x9a\x57\x13"} {
		if err := os.WriteFile(file, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	for file, want := range map[string]string{
		filepath.Join(dir, "none"): "no such file", damaged: "not a whole cdb file", public: "lets all users", old: "gdbm_dump " + old + ".pag | tpopsctl import-passwd",
	} {
		code, _, stderr := runTPOPS(t, "--fg", "--port=127.0.0.1:0", "--auth-type=passwd", "--apop-passwd-file="+file, "--syslog=none")
		if code != 78 || !strings.Contains(stderr, want) {
			t.Errorf("%s: exit status %d\n%s", filepath.Base(file), code, stderr)
		}
	}
}

// TestAPOPWhileForAll: the greeting offers APOP only while it works for all users
// of the file, so that clients of the others do not fail.
func TestAPOPWhileForAll(t *testing.T) {
	box := small(t)
	d := box.start(t, "--error-interval=0")
	clear := daemon.User{Login: login, Password: "{PLAIN}" + password, Maildir: box.dir}
	hashed := daemon.User{Login: "hashed", Password: "$1$saltsalt$qjXMvbEw8oaL.CzflDtaK/", Maildir: box.dir}
	if challenge(t, d) == "" {
		t.Error("APOP is not offered, though all passwords are in the clear")
	}
	for _, users := range [][]daemon.User{{clear, hashed}, {clear}} {
		if err := daemon.WriteUsers(box.users, users...); err != nil {
			t.Fatal(err)
		}
		eventually(t, "the greeting follows the file", func() bool {
			if c, err := daemon.Login(d.Addr, login, password); err == nil { // A login has the file read again.
				c.Close()
			}
			return (challenge(t, d) != "") == (len(users) == 1)
		})
	}
}
