//go:build integration

package dovecot

import (
	"bytes"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"tpops/pkg/compressed"
	"tpops/test/clients"
	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// compressing are settings of Dovecot's with which it compresses.
var compressing = map[string]string{
	"gz": zlibPlugin("gz"), "bz2": zlibPlugin("bz2"), "zstd": zlibPlugin("zstd"), "lz4": zlibPlugin("lz4"),
	"zstd, highest level": zlibPlugin("zstd\n  zlib_save_level = 22"),
}

func zlibPlugin(format string) string {
	return "mail_plugins = zlib\nplugin {\n  zlib_save = " + format + "\n}\n"
}

// cryptPlugin has Dovecot encrypt. It is a format for the folder with the keys.
const cryptPlugin = `mail_plugins = mail_crypt
plugin {
  mail_crypt_global_private_key = <%[1]s/private.pem
  mail_crypt_global_public_key = <%[1]s/public.pem
  mail_crypt_save_version = 2
}
`

// TestCompressedMail has Dovecot store messages of all kinds compressed, by each
// of the ways on which they come, and compares what a client gets from it and
// from TPOPS, with all settings that concern sizes.
func TestCompressedMail(t *testing.T) {
	for name, plugin := range compressing {
		t.Run(name, func(t *testing.T) {
			d := StartWith(t, "pop3", fmt.Sprintf(popConfig, "")+"pop3_uidl_format = %f\n"+plugin)
			texts := []string{"From: a@example.org\nSubject: x\n\nhello\n", "Subject: long\n\n" + strings.Repeat("a line that comes again\n", 20000)}
			for _, m := range corpus.Messages(7, 60) {
				// The highest level takes Dovecot long.
				if mayCompare(string(m.Data)) && (len(texts) < 10 || !strings.Contains(plugin, "level")) {
					texts = append(texts, string(m.Data))
				}
			}
			for i, text := range texts {
				d.save(t, i, text)
			}
			theirs := d.fetch(t, "user0")
			checkAllCompressed(t, d.Maildir(0), len(texts))
			box := d.box(t)
			for _, params := range [][]string{
				nil, {"--maildir-use-filesize=yes", "--maildir-extended=yes"}, {"--parallel-type=fork"},
			} {
				server := box.Start(t, append(params, "--uidl-mismatch=accept")...) // dovecot-lda has made its list.
				for range 2 {                                                       // The second login knows the sizes from the first.
					compareFetched(t, theirs, fetchAll(t, server.Addr, fixture.User))
				}
				server.Stop()
			}
		})
	}
}

// mayCompare reports whether Dovecot sends a text as a POP3 server has to.
func mayCompare(text string) bool {
	// TOP does not stuff this dot and miscounts lines after this CR, RETR sends an
	// empty message with a line, and a CR as the last octet is lost.
	return text != "" && len(text) < 1<<20 && text[0] != '.' && text[0] != '\r' && !strings.HasSuffix(text, "\r")
}

// save delivers a text to user 0, as Dovecot does when it is the delivery agent,
// an IMAP server, or its own tool.
func (d *Server) save(t *testing.T, i int, text string) {
	t.Helper()
	home := filepath.Join(d.dir, "home")
	settings := []string{
		"-c", d.dir + "/conf", "-o", "mail_location=maildir:" + d.Maildir(0), "-o", "base_dir=" + home, "-o", "log_path=/dev/stderr",
		"-o", "stats_writer_socket_path=", "-o", "postmaster_address=p@example.org",
	}
	command := slices.Concat([]string{"doveadm"}, settings, []string{"save", "-m", "INBOX"})
	switch i % 4 {
	case 0:
		command = slices.Concat([]string{"/usr/lib/dovecot/dovecot-lda"}, settings)
	case 1:
		command = slices.Concat([]string{"/usr/lib/dovecot/imap"}, settings)
		text = fmt.Sprintf("a APPEND INBOX {%d+}\r\n%s\r\nb LOGOUT\r\n", len(text), text)
	}
	cmd := exec.Command(command[0], command[1:]...)
	if err := os.MkdirAll(home, 0o700); err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "chown", "nobody:", home, d.dir)
	cmd.Env = []string{"HOME=" + home, "USER=nobody", "PATH=/usr/bin:/bin"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: clients.Nobody, Gid: clients.Nobody}}
	cmd.Stdin = strings.NewReader(text)
	if out, err := cmd.CombinedOutput(); err != nil || bytes.Contains(out, []byte("a NO")) || bytes.Contains(out, []byte("a BAD")) {
		t.Fatalf("%q: %v\n%s%s", command, err, out, d.Log())
	}
}

// box returns the mailbox of user 0 for a TPOPS.
func (d *Server) box(t *testing.T) fixture.Mailbox {
	t.Helper()
	box := fixture.Mailbox{Dir: d.Maildir(0), Users: filepath.Join(d.dir, "tpops-users")}
	user := daemon.User{Login: fixture.User, Password: "{PLAIN}" + fixture.Password, Maildir: box.Dir}
	if err := daemon.WriteUsers(box.Users, user); err != nil {
		t.Fatal(err)
	}
	return box
}

// fetch is what a client gets from Dovecot.
func (d *Server) fetch(t *testing.T, user string) fetched {
	t.Helper()
	all := fetchAll(t, d.Addr, user)
	if t.Failed() {
		t.Log(d.Log())
	}
	return all
}

// fetched is what a client gets of a mailbox: of each message, by its UIDL.
type fetched map[string]fetchedMessage

type fetchedMessage struct {
	size int
	text string    // from RETR
	tops [3]string // from TOP
}

// fetchAll asks a server for all that it has.
func fetchAll(t *testing.T, addr, user string) fetched {
	t.Helper()
	c, err := daemon.Login(addr, user, fixture.Password)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	ask := func(command string) string {
		status, lines, err := c.Multi(command)
		if err != nil || !strings.HasPrefix(status, "+OK") {
			t.Fatalf("%s: %q, %v", command, status, err)
		}
		return string(lines)
	}
	all := fetched{}
	sizes, uidls := strings.Fields(ask("LIST")), strings.Fields(ask("UIDL"))
	for i := 0; i < len(sizes); i += 2 {
		m := fetchedMessage{text: ask("RETR " + sizes[i])}
		if m.size, err = strconv.Atoi(sizes[i+1]); err != nil {
			t.Fatal(err)
		}
		for k, lines := range []int{0, 3, 1000} {
			m.tops[k] = ask(fmt.Sprintf("TOP %s %d", sizes[i], lines))
		}
		all[uidls[i+1]] = m
	}
	if _, err := c.Command("QUIT"); err != nil {
		t.Fatal(err)
	}
	return all
}

// compareFetched compares what Dovecot sends with what TPOPS does. Where a
// message has no line end at its end, Dovecot sends one that its sizes lack.
func compareFetched(t *testing.T, theirs, ours fetched) {
	t.Helper()
	if len(ours) != len(theirs) {
		t.Fatalf("%d messages, Dovecot has %d", len(ours), len(theirs))
	}
	for uidl, their := range theirs {
		our := ours[uidl]
		if our.text != their.text || our.tops != their.tops {
			t.Errorf("%s: %.200q %.200q, Dovecot sends %.200q %.200q", uidl, our.text, our.tops, their.text, their.tops)
		}
		if our.size != len(our.text) || our.size != their.size && our.size != their.size+2 {
			t.Errorf("%s: size %d of %d octets, that of Dovecot is %d of %d", uidl, our.size, len(our.text), their.size, len(their.text))
		}
	}
}

// checkAllCompressed checks that the files of a Maildir are compressed.
func checkAllCompressed(t *testing.T, maildir string, want int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(maildir, "*", "[0-9]*"))
	if err != nil || len(files) != want {
		t.Fatalf("%d files, want %d: %v", len(files), want, err)
	}
	for _, file := range files {
		content, err := os.ReadFile(file)
		if err != nil || compressed.Recognise(content[:min(len(content), compressed.HeadOctets)]) == compressed.Plain {
			t.Errorf("%s is not compressed: %.20q, %v", file, content, err)
		}
	}
}

// TestUnreadableMail has Dovecot encrypt a message, and compress some that are
// damaged then. None is sent, and none can be deleted, in the session that asked
// for it and in later ones.
func TestUnreadableMail(t *testing.T) {
	for name, plugin := range compressing {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			checkRefused(t, plugin, true)
		})
	}
	t.Run("mail_crypt", func(t *testing.T) {
		t.Parallel()
		dir := t.TempDir()
		fixture.Command(t, "openssl", "genpkey", "-algorithm", "EC", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-out", dir+"/private.pem")
		fixture.Command(t, "openssl", "pkey", "-in", dir+"/private.pem", "-pubout", "-out", dir+"/public.pem")
		fixture.Command(t, "chmod", "755", filepath.Dir(dir), dir)
		fixture.Command(t, "chmod", "644", dir+"/private.pem")
		checkRefused(t, fmt.Sprintf(cryptPlugin, dir), false)
	})
}

// checkRefused checks that a message which Dovecot stored, and which is cut off
// then if cut is set, is kept.
func checkRefused(t *testing.T, plugin string, cut bool) {
	t.Helper()
	d := StartWith(t, "pop3", fmt.Sprintf(popConfig, "")+plugin)
	d.save(t, 0, "From: a@example.org\nSubject: secret\n\n"+strings.Repeat("text\n", 500))
	box := d.box(t)
	files := box.Files(t)
	if cut {
		path := filepath.Join(box.Dir, files[0])
		stat, err := os.Stat(path)
		if err == nil {
			err = os.Truncate(path, stat.Size()-5)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := os.WriteFile(box.Dir+"/cur/2000000000.clear:2,", []byte("Subject: x\n\nplain\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	server := box.Start(t, "--uidl-mismatch=accept")
	for _, first := range []string{"RETR 1", "TOP 1 0", "NOOP"} {
		s := fixture.LogIn(t, server)
		s.Want("STAT", `^\+OK 2 `)
		s.Want("LIST 1", `^\+OK 1 2537`) // S= in its name
		if first != "NOOP" {
			s.Want(first, `^-ERR \[SYS/PERM\] message cannot be decoded`)
		}
		s.Want("DELE 1", `^-ERR \[SYS/PERM\] message not deleted`)
		if _, body, err := s.Multi("RETR 2"); err != nil || !strings.Contains(string(body), "plain") {
			t.Errorf("RETR 2: %q, %v", body, err)
		}
		s.OK("QUIT")
	}
	server.Stop()
	if left := box.Files(t); len(left) != 2 {
		t.Errorf("left: %q", left)
	}
	for _, event := range []string{"message unreadable", "unreadable messages found"} {
		if !strings.Contains(server.Log(), event) {
			t.Errorf("no event %q in the log:\n%s", event, server.Log())
		}
	}
}
