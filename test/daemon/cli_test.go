//go:build integration

package daemon_test

import (
	"net"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"tpops/test/fixture"
)

func TestHelp(t *testing.T) {
	code, out, _ := fixture.RunTPOPS(t, "--help=all")
	if code != 0 {
		t.Errorf("exit status %d", code)
	}
	// Every parameter of 0.8 is there, under its name.
	for name := range strings.FieldsSeq(`config port hostname connection-keep-time command-timeout inetd fg version
		debug access-log error-log pid-file user group syslog auth-type mailbox-type parallel-type domain error-interval
		min-servers max-servers max-use max-idle apop-passwd-file maildir mysql-server mysql-user mysql-passwd mysql-db
		mysql-auth-query mysql-crypt-passwd maildir-use-filesize maildir-extended maildir-lock maildir-uidl-convert pop-server`) {
		if !regexp.MustCompile(`(?m)^ +(-\w, )?--` + name + `\b`).MatchString(out) {
			t.Errorf("--%s is missing", name)
		}
	}
	for line := range strings.Lines(out) {
		if len(line) > 81 {
			t.Errorf("does not fit in 80 columns: %s", line)
		}
	}
}

func TestVersion(t *testing.T) {
	if code, out, _ := fixture.RunTPOPS(t, "--version"); code != 0 || out != "tpops 1.2.3-test (without PAM)\n" {
		t.Errorf("exit status %d, %q", code, out)
	}
}

func TestCheckConfig(t *testing.T) {
	users := fixture.Write(t, "users", "user:{PLAIN}x:::::userdb_mail=maildir:/var/mail/user\n")
	good := "auth-type = \"passwd-file\"\npasswd-file = \"" + users + "\"\n"
	tests := []struct {
		name, text string
		args       []string
		code       int
		want       []string // in what is written; FILE stands for the file
	}{
		{"good", good, nil, 0, nil},
		{"mistyped", good + "maildir-loc = true\n", nil, 78, []string{`FILE:3:1: `, `"maildir-loc"`, `did you mean "maildir-lock"?`}},
		{"wrong type", good + "\nmax-servers = \"many\"\n", nil, 78, []string{"FILE:4:15: "}},
		{"every error is reported", good + "prot = 1\nusr = 2\n", nil, 78, []string{"FILE:3:1: ", "FILE:4:1: "}},
		{"not TOML", good + "port = [\n", nil, 78, []string{"FILE:"}},
		{"no such choice", good + "parallel-type = \"forks\"\n", nil, 78, []string{"FILE:3:17: ", "prefork, fork or thread"}},
		{"contradiction", good + "mysql-db = \"x\"\n", nil, 78, []string{"mysql-db"}},
		{"missing file of users", good, []string{"--passwd-file=/nonexistent"}, 78, []string{"/nonexistent"}},
		{"the command line goes first", strings.ReplaceAll(good, users, "/nonexistent"), []string{"--passwd-file=" + users}, 0, nil},
		{"mistyped on the command line", good, []string{"--maildir-loc=yes"}, 64, []string{"--maildir-loc", "--maildir-lock"}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			file := fixture.Write(t, "tpops.toml", tt.text)
			code, out, errs := fixture.RunTPOPS(t, append(tt.args, "--check-config", "--config="+file)...)
			if code != tt.code {
				t.Errorf("exit status %d, want %d\n%s%s", code, tt.code, out, errs)
			}
			for _, want := range tt.want {
				if want = strings.ReplaceAll(want, "FILE", file); !strings.Contains(errs, want) {
					t.Errorf("%q is missing in\n%s", want, errs)
				}
			}
		})
	}
}

// TestCheckConfigAsksNobody holds that no database is asked.
func TestCheckConfigAsksNobody(t *testing.T) {
	socket := filepath.Join(t.TempDir(), "socket")
	database, err := net.ListenUnix("unix", &net.UnixAddr{Name: socket, Net: "unix"})
	if err != nil {
		t.Fatal(err)
	}
	defer database.Close()
	config := fixture.Write(t, "tpops.toml", "auth-type = \"mysql\"\n[mysql]\ndb = \"mail\"\nserver = \""+socket+"\"\n")
	code, _, errs := fixture.RunTPOPS(t, "--check-config", "--config="+config)
	if code != 0 || errs != "" {
		t.Errorf("exit status %d\n%s", code, errs)
	}
	// Connections are accepted in the order in which they came.
	ours, err := net.Dial("unix", socket)
	if err != nil {
		t.Fatal(err)
	}
	defer ours.Close()
	if _, err := ours.Write([]byte("x")); err != nil {
		t.Fatal(err)
	}
	first, err := database.Accept()
	if err != nil {
		t.Fatal(err)
	}
	defer first.Close()
	if _, err := first.Read(make([]byte, 1)); err != nil {
		t.Errorf("the database was asked: %v", err)
	}
}

// TestCannotStart runs the server where it cannot work: it reports why, and so
// does its exit status.
func TestCannotStart(t *testing.T) {
	box := fixture.Small(t)
	users := "--passwd-file=" + box.Users
	taken := box.Start(t)
	tests := []struct {
		name, want string
		args       []string
	}{
		{"port taken", "address already in use", []string{"--fg", "--port=" + taken.Addr, users}},
		{"port taken, in the background", "address already in use", []string{"--port=" + taken.Addr, users}},
		{"no such user", "nosuchuser", []string{"--fg", "--port=127.0.0.1:0", "--user=nosuchuser", users}},
		{"no such file of users", "/nonexistent", []string{"--fg", "--port=127.0.0.1:0", "--passwd-file=/nonexistent"}},
		{"no such folder for the log", "/nonexistent", []string{"--fg", "--port=127.0.0.1:0", "--access-log=/nonexistent/log", users}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			code, out, errs := fixture.RunTPOPS(t, append(tt.args, "--auth-type=passwd-file")...)
			if code <= 0 || !strings.Contains(errs, tt.want) {
				t.Errorf("exit status %d, want another than 0, and %q in\n%s%s", code, tt.want, out, errs)
			}
		})
	}
}
