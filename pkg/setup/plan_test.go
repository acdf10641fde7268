package setup

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"tpops/pkg/certs/certstest"
	"tpops/pkg/config"
)

// update has TestMake write its golden files: go test ./pkg/setup -run TestMake -update
var update = flag.Bool("update", false, "write the golden files")

const passwd = "root:x:0:0::/root:/bin/sh\nbob:x:1001:1001::/home/bob:/bin/sh\nhalf:x:1002:1002::/home/half:/bin/sh\n"

// keys matches keys of a password, which are different each time.
var keys = regexp.MustCompile(`\{SCRAM-SHA-256\}[^:\n]+`)

// text returns a plan as text.
func (p *Plan) text() string {
	var b strings.Builder
	for _, s := range p.Steps {
		fmt.Fprintf(&b, "* %s\n", s.About)
		if s.File != nil {
			fmt.Fprintf(&b, "%04o\n%s\n", s.File.Mode, strings.Join(Diff(s.File.Before, s.File.After), "\n"))
		}
		if s.args != nil {
			fmt.Fprintf(&b, "%q %q\n", s.args, s.stdin)
		}
	}
	fmt.Fprintf(&b, "notes %q\nkept %q\nsockets %q\n", p.Notes, p.kept, p.Sockets())
	return keys.ReplaceAllString(b.String(), "KEYS")
}

// makeFor returns the plan for what stands and a change.
func makeFor(t *testing.T, m *Machine, change func(c *Choice)) (*Plan, error) {
	t.Helper()
	c := m.Choice()
	change(c)
	return Make(t.Context(), m, c)
}

func chooseFile(c *Choice) {
	c.Users, c.MailRoot, c.First = UsersFile, "/var/vmail", FirstUser{"ann@example.org", "se:cret"}
}

func chooseSystem(c *Choice) {
	c.Users, c.MailRoot, c.First = UsersSystem, "/home,/srv/home", FirstUser{"ann", "se:cret"}
}

func TestMake(t *testing.T) {
	issued := certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"pop.example.org", "imap.example.org"}, NotBefore: now, NotAfter: now.Add(time.Hour)})
	packaged := map[string]string{"etc/passwd": passwd, "etc/logrotate.d/tpops": "\tsu tpops tpops\n",
		"etc/tpops/tpops.toml": "#auth-type = \"passwd\"\nmail-roots = \"/home,/var/mail,/var/vmail\"\n"}
	standing := map[string]string{"etc/passwd": passwd, "etc/tpops/users": "ann@example.org:x:::::\n", "etc/letsencrypt/renewal-hooks/x": "",
		"etc/tpops/tpops.toml": "auth-type = \"mysql\"\nuser = \"x\"\n[mysql]\nserver = \"/s\"\npasswd = \"s3cret\"\n", "etc/systemd/system/tpops.socket.d/setup.conf": socketDropIn("1110", pop3Port)}
	for _, test := range []struct {
		name    string
		files   map[string]string
		systemd bool
		change  func(c *Choice)
	}{
		{"file", packaged, true, chooseFile},
		{"file without systemd", packaged, false, func(c *Choice) { chooseFile(c); c.Cert, c.Key, c.Port = "/c.pem", "/k.pem", "127.0.0.1:110" }},
		{"file again", standing, true, func(c *Choice) { chooseFile(c); c.Cert, c.Key, c.Port = "/c.pem", "/k.pem", "110" }},
		{"system", packaged, true, chooseSystem},
		{"system user exists", packaged, true, func(c *Choice) { chooseSystem(c); c.First.Login, c.MailRoot = "bob", "/home" }},
		{"system user half made", packaged, true, func(c *Choice) { chooseSystem(c); c.First.Login, c.MailRoot = "half", "/home" }},
		{"ports", packaged, true, func(c *Choice) { chooseSystem(c); c.Port, c.TLSPort = "[::1]:1110", "1995" }},
	} {
		t.Run(test.name, func(t *testing.T) {
			test.files["c.pem"], test.files["k.pem"] = string(issued.Cert), string(issued.Key)
			test.files["etc/shadow"] = "bob:$y$x:1::::::\nhalf:!:1::::::\n"
			p, err := makeFor(t, look(t, root(t, test.files), test.systemd), test.change)
			if err != nil {
				t.Fatal(err)
			}
			golden := "testdata/" + strings.ReplaceAll(test.name, " ", "-") + ".golden"
			if *update {
				if err := os.WriteFile(golden, []byte(p.text()), 0o644); err != nil {
					t.Fatal(err)
				}
			}
			want, err := os.ReadFile(golden)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(string(want), p.text()); diff != "" {
				t.Error(diff)
			}
		})
	}
}

// A choice that is not possible is an error that shows no password.
func TestMakeFails(t *testing.T) {
	a := certstest.NewAuthority(t)
	old := a.Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}, NotBefore: now.Add(-2 * time.Hour), NotAfter: now.Add(-time.Hour)})
	other := a.Issue(t, certstest.Leaf{Names: []string{"mail.example.org"}, NotBefore: now, NotAfter: now.Add(time.Hour)})
	m := look(t, root(t, map[string]string{"etc/passwd": passwd, "old.pem": string(old.Cert), "old.key": string(old.Key), "other.key": string(other.Key)}), true)
	for name, change := range map[string]func(c *Choice){
		"no users":        func(c *Choice) { c.Users = "" },
		"login -x":        func(c *Choice) { c.First.Login = "-x" },
		"login a/b":       func(c *Choice) { c.First.Login = "a/b" },
		"login a..b":      func(c *Choice) { c.First.Login = "a..b" },
		"login .":         func(c *Choice) { c.First.Login = "." },
		"login a:b":       func(c *Choice) { c.First.Login = "a:b" },
		"login escape":    func(c *Choice) { c.First.Login = "a\x1b[2J" },
		"login long":      func(c *Choice) { c.First.Login = strings.Repeat("a", maxLogin+1) },
		"password line":   func(c *Choice) { c.First.Password = "s3cret\nroot:x" },
		"password long":   func(c *Choice) { c.First.Password = strings.Repeat("s3cret", 1000) },
		"password empty":  func(c *Choice) { c.First.Password = "" },
		"root /":          func(c *Choice) { c.MailRoot = "/" },
		"root ..":         func(c *Choice) { c.MailRoot = "/var/.." },
		"root //":         func(c *Choice) { c.MailRoot = "/var//x" },
		"root a\\nb":      func(c *Choice) { c.MailRoot = "/var/a\nUser=root" },
		"root %h":         func(c *Choice) { c.MailRoot = "/var/%h" },
		"relative":        func(c *Choice) { c.MailRoot = "var" },
		"port 0":          func(c *Choice) { c.Port = "0" },
		"port 65536":      func(c *Choice) { c.Port = "65536" },
		"port text":       func(c *Choice) { c.TLSPort = "995\nExecStart=x" },
		"port host":       func(c *Choice) { c.Port = "localhost:110" },
		"key":             func(c *Choice) { c.Cert, c.Key = "/a", "" },
		"expired":         func(c *Choice) { c.Cert, c.Key = "/old.pem", "/old.key" },
		"other key":       func(c *Choice) { c.Cert, c.Key = "/old.pem", "/other.key" },
		"no certificate":  func(c *Choice) { c.Cert, c.Key = "/missing.pem", "/other.key" },
		"database":        func(c *Choice) { c.Users, c.MySQL.DB = UsersMySQL, "a`b" },
		"database user":   func(c *Choice) { c.Users, c.MySQL.User = UsersMySQL, "a'b" },
		"database server": func(c *Choice) { c.Users, c.MySQL.Server = UsersMySQL, "a b" },
		"account":         func(c *Choice) { chooseSystem(c); c.First.Login = "root" },
		"no server":       func(c *Choice) { c.Users, c.MySQL.Password = UsersMySQL, "s3cret" },
	} {
		t.Run(name, func(t *testing.T) {
			_, err := makeFor(t, m, func(c *Choice) { chooseFile(c); change(c) })
			if err == nil || strings.Contains(err.Error(), "s3cret") {
				t.Error(err)
			}
		})
	}
	if left, err := filepath.Glob(m.Root + "/etc/*/*"); len(left) > 0 || err != nil {
		t.Errorf("changed: %q, %v", left, err)
	}
}

// errStopped is the error of a command that fails.
var errStopped = errors.New("stopped")

// A run that stops at any step can be repeated, and ends with the same files as one that
// does not stop. Only then nothing is left to write. The undo line takes it all back.
func TestApply(t *testing.T) {
	files := map[string]string{"etc/passwd": passwd, "etc/logrotate.d/tpops": "\tsu tpops tpops\n", ConfigPath: "debug = true\n"}
	apply := func(t *testing.T, folder string, failing int) (*Plan, error) {
		p, err := makeFor(t, look(t, folder, true), chooseFile)
		if err != nil {
			t.Fatal(err)
		}
		n := 0
		return p, p.Apply(t.Context(), func(_ context.Context, args []string, _ string) error {
			if n++; n == failing {
				return errStopped
			}
			return nil
		}, func(string) {})
	}
	for failing := 1; ; failing++ {
		folder := root(t, files)
		p, err := apply(t, folder, failing)
		if err != nil && !errors.Is(err, errStopped) {
			t.Fatal(err)
		}
		if err == nil {
			wantUndone(t, folder, p, files)
			break
		}
		if _, err := apply(t, folder, 0); err != nil {
			t.Fatal(err)
		}
		p, err = makeFor(t, look(t, folder, true), chooseFile)
		if err != nil {
			t.Fatal(err)
		}
		for _, s := range p.Steps {
			if s.File != nil {
				t.Errorf("after failure %d: %s again", failing, s.About)
			}
		}
		if _, err := config.Load(config.Source{Args: []string{"--config=" + folder + ConfigPath}, Hostname: "a"}); err != nil {
			t.Error(err)
		}
		if info, err := os.Stat(folder + usersPath); err != nil || info.Mode().Perm() != modeUsers {
			t.Errorf("users: %v, %v", info.Mode(), err)
		}
	}
}

// Start restarts what has to be restarted, also if an earlier run has written the files
// and was stopped before it did so.
func TestStart(t *testing.T) {
	const enable, restart, start = "systemctl enable --now tpops.socket", "systemctl restart tpops.service", "systemctl start tpops.service"
	files := map[string]string{"etc/passwd": passwd, ConfigPath: "debug = true\n"}
	commands := func(m *Machine, change func(c *Choice)) string {
		p, err := makeFor(t, m, change)
		if err != nil {
			t.Fatal(err)
		}
		var all, planned []string
		for _, words := range p.StartCommands() {
			planned = append(planned, strings.Join(words, " "))
		}
		run := func(_ context.Context, args []string, _ string) error {
			all = append(all, strings.Join(args, " "))
			return nil
		}
		if err := p.Apply(t.Context(), func(context.Context, []string, string) error { return nil }, func(string) {}); err != nil {
			t.Fatal(err)
		}
		if err := p.Start(t.Context(), run); err != nil {
			t.Fatal(err)
		}
		if !slices.Equal(planned, all) {
			t.Errorf("%q were planned, and %q run", planned, all)
		}
		return strings.Join(all, "; ")
	}
	folder := root(t, files)
	for _, step := range []struct {
		name, want string
		started    time.Time
		change     func(c *Choice)
	}{
		{"first", enable + "; " + restart, time.Time{}, chooseFile},
		{"again", enable + "; " + start, time.Now().Add(time.Hour), chooseFile},
		{"a user", enable + "; " + start, time.Now().Add(time.Hour), func(c *Choice) { chooseFile(c); c.First.Login = "bob" }},
		{"stopped before", enable + "; " + restart, time.Now().Add(-time.Hour), chooseFile},
		{"another port", enable + "; systemctl restart tpops.socket; " + start, time.Now().Add(time.Hour), func(c *Choice) { chooseFile(c); c.Port = "1110" }},
		{"no TLS", enable + "; systemctl disable --now tpops-tls.socket; " + start, time.Now().Add(time.Hour), func(c *Choice) { chooseFile(c); c.NoTLS = true }},
	} {
		m := look(t, folder, true)
		m.Active, m.Started = true, step.started
		if got := commands(m, step.change); got != step.want {
			t.Errorf("%s: %s, want %s", step.name, got, step.want)
		}
	}
}

// Undo closes the ports that Start has opened, and opens again what it has closed.
func TestUndoSockets(t *testing.T) {
	const end = "; systemctl daemon-reload; systemctl try-restart tpops.service"
	issued := certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"pop.example.org"}, NotBefore: now, NotAfter: now.Add(time.Hour)})
	folder := root(t, map[string]string{"etc/passwd": passwd, "c.pem": string(issued.Cert), "k.pem": string(issued.Key)})
	withTLS := func(c *Choice) { chooseFile(c); c.Cert, c.Key = "/c.pem", "/k.pem" }
	withoutTLS := func(c *Choice) { chooseFile(c); c.NoTLS = true }
	for _, step := range []struct {
		name              string
		active, activeTLS bool
		change            func(c *Choice)
		want              string
	}{
		{"first", false, false, withTLS, "systemctl disable --now tpops.socket tpops-tls.socket" + end},
		{"TLS added", true, false, withTLS, "systemctl disable --now tpops-tls.socket" + end},
		{"TLS stays", true, true, withTLS, ""},
		{"TLS removed", true, true, withoutTLS, "systemctl daemon-reload; systemctl enable --now tpops-tls.socket; systemctl try-restart tpops.service"},
		{"no TLS before", true, false, withoutTLS, ""},
	} {
		m := look(t, folder, true)
		m.Active, m.ActiveTLS = step.active, step.activeTLS
		p, err := makeFor(t, m, step.change)
		if err != nil {
			t.Fatal(err)
		}
		if p.ChangesPorts() != (step.want != "") {
			t.Errorf("%s: changes ports: %v", step.name, p.ChangesPorts())
		}
		nothing := func(context.Context, []string, string) error { return nil }
		if err := p.Start(t.Context(), nothing); err != nil {
			t.Fatal(err)
		}
		if line, _ := p.Undo(); line != step.want {
			t.Errorf("%s: %q, want %q", step.name, line, step.want)
		}
	}
}

// wantUndone runs the undo line and compares the files.
func wantUndone(t *testing.T, folder string, p *Plan, files map[string]string) {
	t.Helper()
	line, kept := p.Undo()
	if strings.Join(kept, ", ") != "user vmail, /var/vmail, /var/vmail/ann@example.org" {
		t.Errorf("kept %q", kept)
	}
	if out, err := exec.Command("sh", "-c", "systemctl() { echo \"$@\"; }; "+line).CombinedOutput(); err != nil || string(out) != "daemon-reload\ntry-restart tpops.service\n" {
		t.Fatalf("%s: %v, %s", line, err, out)
	}
	err := filepath.Walk(folder, func(path string, info os.FileInfo, err error) error {
		if err != nil || info.IsDir() {
			return err
		}
		text, err := os.ReadFile(path)
		name := strings.TrimPrefix(path, folder)
		if want, ok := files[strings.TrimPrefix(name, "/")]; !ok && files[name] != string(text) || ok && want != string(text) {
			t.Errorf("%s: %q, %v", name, text, err)
		}
		return nil
	})
	if err != nil {
		t.Error(err)
	}
}

// Apply stops between steps, and refuses to write what another program has changed.
func TestApplyStops(t *testing.T) {
	folder := root(t, map[string]string{"etc/passwd": passwd, ConfigPath: "debug = true\n"})
	p, err := makeFor(t, look(t, folder, true), chooseFile)
	if err != nil {
		t.Fatal(err)
	}
	none := func(context.Context, []string, string) error { return nil }
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := p.Apply(ctx, none, func(string) { t.Error("a step after the interruption") }); err == nil {
		t.Error("no error after an interruption")
	}
	if line, _ := p.Undo(); line != "" {
		t.Errorf("to undo: %s", line)
	}
	if err := os.WriteFile(folder+ConfigPath, []byte("fg = true\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := p.Apply(t.Context(), none, func(string) {}); err == nil || !strings.Contains(err.Error(), "another program has changed the file") {
		t.Error(err)
	}
	if text, err := os.ReadFile(folder + ConfigPath); string(text) != "fg = true\n" {
		t.Errorf("%q, %v", text, err)
	}
}
