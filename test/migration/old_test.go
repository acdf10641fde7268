//go:build integration

package migration

import (
	"bufio"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// site is a folder of Maildirs that belong to nobody, user0 and so on; that of user
// is the first.
type site struct {
	dir       string
	mailboxes int
	messages  int // in each mailbox, at the beginning
}

// newSite returns an empty site of the usual size.
func newSite(t *testing.T) site {
	t.Helper()
	return newSiteOf(t, 20, 150)
}

func newSiteOf(t *testing.T, mailboxes, messages int) site {
	t.Helper()
	fixture.NeedRoot(t)
	dir, err := os.MkdirTemp("", "tpops-moving-") // Not t.TempDir, whose parent lets no other user through.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return site{dir, mailboxes, messages}
}

func (s site) maildir(i int) string { return filepath.Join(s.dir, fmt.Sprintf("mail%d", i)) }

// loginOf returns the login name of a mailbox.
func loginOf(i int) string {
	if i == 0 {
		return fixture.User
	}
	return fmt.Sprintf("user%d", i)
}

// deliver writes messages from first on into a mailbox, some with sizes in their names,
// some with flags, some in new. Their times are not in the order of their names.
func (s site) deliver(t *testing.T, i, first, count int) {
	t.Helper()
	rng := rand.New(rand.NewPCG(uint64(i), uint64(first)))
	dir := s.maildir(i)
	for n := first; n < first+count; n++ {
		text := fmt.Sprintf("From: a@example.org\nSubject: %d of %d\nMessage-ID: <%d.%d@example.org>\n\n%s", n, i, n, i, strings.Repeat("text\n", rng.IntN(50)))
		name := fmt.Sprintf("%d.M%dP1.host", 1700000000+n-n%3, rng.IntN(1000000))
		name += []string{"", fmt.Sprintf(",S=%d,W=%d", len(text), len(text)+strings.Count(text, "\n")), "=x"}[n%3]
		name = []string{"new/" + name, "cur/" + name + ":2,", "cur/" + name + ":2,FS", "cur/" + name + ":2,RS"}[rng.IntN(4)]
		for _, sub := range []string{"new", "cur", "tmp"} {
			if err := os.MkdirAll(filepath.Join(dir, sub), 0o700); err != nil {
				t.Fatal(err)
			}
		}
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	s.own(t, dir)
}

// own gives a tree to nobody.
func (s site) own(t *testing.T, dir string) {
	t.Helper()
	err := filepath.WalkDir(dir, func(path string, _ fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		return os.Lchown(path, clients.Nobody, clients.Nobody)
	})
	if err != nil {
		t.Fatal(err)
	}
}

// disturb removes and renames some messages of a mailbox, as an IMAP server would.
func (s site) disturb(t *testing.T, i int) {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.maildir(i), "cur", "*"))
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	for n, file := range files {
		unique, _, _ := strings.Cut(file, ":")
		err = nil
		switch (n + i) % 7 {
		case 1:
			err = os.Remove(file)
		case 3, 5:
			err = os.Rename(file, unique+":2,DFS")
		}
		if err != nil {
			t.Fatal(err)
		}
	}
}

// copyTo copies the Maildirs with owners and times.
func (s site) copyTo(t *testing.T, other site) {
	t.Helper()
	for i := range s.mailboxes {
		fixture.Command(t, "cp", "-a", s.maildir(i), other.maildir(i))
	}
}

// config writes a configuration of TPOPS for the site and returns its path.
func (s site) config(t *testing.T) string {
	t.Helper()
	var users []daemon.User
	for i := range s.mailboxes {
		users = append(users, daemon.User{Login: loginOf(i), Password: "{PLAIN}" + fixture.Password, Maildir: s.maildir(i)})
	}
	if err := daemon.WriteUsers(filepath.Join(s.dir, "users"), users...); err != nil {
		t.Fatal(err)
	}
	return fixture.Write(t, "tpops.toml", fmt.Sprintf("auth-type = \"passwd-file\"\npasswd-file = \"%s/users\"\nsyslog = \"none\"\n", s.dir))
}

// list logs in to a server and returns its UIDLs in order.
func list(t *testing.T, addr, name string) []string {
	t.Helper()
	c, _, err := daemon.Dial(addr)
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	s := fixture.Session{Client: c, T: t}
	s.OK("USER " + name)
	s.OK("PASS " + fixture.Password)
	_, body, err := s.Multi("UIDL")
	if err != nil {
		t.Fatal(err)
	}
	s.OK("QUIT")
	var all []string
	for line := range strings.Lines(strings.ReplaceAll(string(body), "\r\n", "\n")) {
		_, uidl, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		all = append(all, uidl)
	}
	return all
}

// listAll lists all mailboxes.
func listAll(t *testing.T, s site, addr string) [][]string {
	t.Helper()
	var all [][]string
	for i := range s.mailboxes {
		all = append(all, list(t, addr, loginOf(i)))
	}
	return all
}

// front is the address that clients know: what is behind it changes from one server
// to the other.
type front struct {
	net.Listener
	target atomic.Pointer[string]
}

func newFront(t *testing.T) *front {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	f := &front{Listener: l}
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go f.pass(c)
		}
	}()
	return f
}

func (f *front) pass(client net.Conn) {
	defer client.Close()
	server, err := net.Dial("tcp", *f.target.Load())
	if err != nil {
		return
	}
	defer server.Close()
	go func() {
		_, _ = io.Copy(server, client)
		_ = server.(*net.TCPConn).CloseWrite()
	}()
	_, _ = io.Copy(client, server)
}

// daemon returns the front as a server for clients.
func (f *front) daemon() *daemon.Daemon {
	host, port, _ := net.SplitHostPort(f.Addr().String())
	return &daemon.Daemon{Addr: f.Addr().String(), Host: host, Port: port}
}

// courier is Courier's POP3 server on the Maildirs of a site. Its login is made here:
// the program begins after it.
type courier struct {
	net.Listener
	folder string
	site   site
}

func newCourier(t *testing.T, s site) *courier {
	t.Helper()
	folder, err := filepath.Abs("../../.build/courier")
	if err != nil {
		t.Fatal(err)
	}
	fixture.Command(t, "./courier.sh", folder)
	public := filepath.Join(s.dir, "courier") // nobody may not reach the checkout
	fixture.Command(t, "cp", "-r", filepath.Join(folder, "usr"), public)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	c := &courier{l, public, s}
	go func() {
		for {
			client, err := l.Accept()
			if err != nil {
				return
			}
			go c.serve(client)
		}
	}()
	return c
}

func (c *courier) serve(client net.Conn) {
	defer client.Close()
	fmt.Fprint(client, "+OK Hello there.\r\n")
	commands := bufio.NewReader(client)
	name := ""
	for {
		line, err := commands.ReadString('\n')
		if err != nil {
			return
		}
		word, arg, _ := strings.Cut(strings.TrimRight(line, "\r\n"), " ")
		switch strings.ToUpper(word) {
		case "USER":
			name = arg
			fmt.Fprint(client, "+OK Password required.\r\n")
		case "PASS":
			c.run(client, commands, name)
			return
		case "QUIT":
			return
		default:
			fmt.Fprint(client, "-ERR Invalid command.\r\n")
		}
	}
}

// run runs the program for a client that has logged in.
func (c *courier) run(client net.Conn, rest io.Reader, name string) {
	i := 0
	_, _ = fmt.Sscanf(name, "user%d", &i)
	cmd := exec.Command(c.folder+"/lib/courier/courier/courierpop3d", c.site.maildir(i))
	cmd.Env = []string{"AUTHENTICATED=" + name, "TCPREMOTEIP=127.0.0.1", "LD_LIBRARY_PATH=" + c.folder + "/lib:" + c.folder + "/lib/x86_64-linux-gnu"}
	cmd.SysProcAttr = &syscall.SysProcAttr{Credential: &syscall.Credential{Uid: clients.Nobody, Gid: clients.Nobody}}
	in, err := cmd.StdinPipe()
	if err != nil {
		return
	}
	cmd.Stdout = client
	if cmd.Start() != nil {
		return
	}
	go func() {
		_, _ = io.Copy(in, rest)
		_ = in.Close()
	}()
	_ = cmd.Wait()
}
