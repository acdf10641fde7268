//go:build integration

package dovecot

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// TestEncodedMail has Dovecot compress and encrypt mail as its plugins do. RETR
// and TOP refuse it, it counts, and a client that deletes what it has asked for
// does not destroy it.
func TestEncodedMail(t *testing.T) {
	fixture.NeedRoot(t)
	const crypt = `mail_plugins = mail_crypt
plugin {
  mail_crypt_global_private_key = <%[1]s/private.pem
  mail_crypt_global_public_key = <%[1]s/public.pem
  mail_crypt_save_version = 2
}
`
	for name, plugin := range map[string]string{
		"gz": zlibPlugin("gz"), "bz2": zlibPlugin("bz2"), "zstd": zlibPlugin("zstd"), "lz4": zlibPlugin("lz4"), "mail_crypt": crypt,
	} {
		t.Run(name, func(t *testing.T) {
			box := dovecotBox(t, plugin)
			d := box.Start(t, "--uidl-mismatch=accept") // dovecot-lda has made its list.
			s := fixture.LogIn(t, d)
			s.Want("STAT", `^\+OK 2 `)
			s.Want("RETR 1", `^-ERR \[SYS/PERM\] message is compressed or encrypted`)
			s.Want("DELE 1", `^-ERR \[SYS/PERM\] message not deleted`)
			s.Want("TOP 1 0", `^-ERR \[SYS/PERM\] message is compressed or encrypted`)
			if _, body, err := s.Multi("RETR 2"); err != nil || !strings.Contains(string(body), "plain") {
				t.Errorf("RETR 2: %q, %v", body, err)
			}
			s.OK("DELE 2")
			s.OK("QUIT")
			if left := box.Files(t); len(left) != 1 || !strings.Contains(left[0], ",W=") {
				t.Errorf("left: %q", left)
			}
			d.Stop()
			if !strings.Contains(d.Log(), "and its text cannot be had") {
				t.Errorf("log:\n%s", d.Log())
			}
		})
	}
}

func zlibPlugin(format string) string {
	return "mail_plugins = zlib\nplugin {\n  zlib_save = " + format + "\n}\n"
}

// dovecotBox returns a mailbox with a message that Dovecot delivered with a
// plugin, and one in clear.
func dovecotBox(t *testing.T, plugin string) fixture.Mailbox {
	t.Helper()
	// Not t.TempDir, whose parent lets no other user through.
	dir, err := os.MkdirTemp("", "tpops-encoded-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	box := fixture.Mailbox{Dir: filepath.Join(dir, "Maildir"), Users: filepath.Join(dir, "users")}
	if strings.Contains(plugin, "%[1]s") {
		plugin = fmt.Sprintf(plugin, dir)
		fixture.Command(t, "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", dir+"/private.pem")
		fixture.Command(t, "openssl", "pkey", "-in", dir+"/private.pem", "-pubout", "-out", dir+"/public.pem")
		fixture.Command(t, "chmod", "644", dir+"/private.pem")
	}
	config := fmt.Sprintf("base_dir = %[1]s/run\nlog_path = %[1]s/log\nssl = no\npostmaster_address = p@example.org\n"+
		"mail_location = maildir:%[1]s/Maildir\nmail_home = %[1]s\n", dir) + plugin
	if err := os.WriteFile(dir+"/conf", []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "chown", "-R", "nobody:", dir)
	lda := exec.Command("/usr/lib/dovecot/dovecot-lda", "-c", dir+"/conf")
	lda.Env = []string{"HOME=" + dir, "USER=nobody"}
	lda.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: clients.Nobody, Gid: clients.Nobody}}
	lda.Stdin = strings.NewReader("From: a@example.org\nSubject: secret\n\n" + strings.Repeat("text\n", 500))
	if out, err := lda.CombinedOutput(); err != nil {
		log, _ := os.ReadFile(dir + "/log")
		t.Fatalf("dovecot-lda: %v\n%s%s", err, out, log)
	}
	if err := os.WriteFile(box.Dir+"/cur/2000000000.clear:2,", []byte("Subject: x\n\nplain\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	user := daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: box.Dir}
	if err := daemon.WriteUsers(box.Users, user); err != nil {
		t.Fatal(err)
	}
	return box
}
