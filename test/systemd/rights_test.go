//go:build systemd

package systemd

import (
	"fmt"
	"os/exec"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"tpops/test/corpus"
	"tpops/test/daemon"
)

// exposure returns the score of a unit by systemd-analyze security: 0.0 is best,
// 10.0 is worst.
func (s *site) exposure(unit string) float64 {
	s.t.Helper()
	report := s.do("systemd-analyze", "security", "--no-pager", unit)
	found := regexp.MustCompile(`exposure level for \S+: ([0-9.]+) `).FindStringSubmatch(report)
	if found == nil {
		s.t.Fatalf("no score in %s", report)
	}
	score, err := strconv.ParseFloat(found[1], 64)
	if err != nil {
		s.t.Fatal(err)
	}
	for line := range strings.Lines(report) {
		if strings.HasPrefix(line, "✗") {
			s.t.Logf("%s %s", unit, strings.TrimSpace(line))
		}
	}
	return score
}

// testScores bounds what the daemon is exposed to.
func testScores(s *site) {
	tests := []struct {
		name    string
		example string // drop-in
		max     float64
	}{
		{"system users", "", 1.0},
		{"virtual users", "vmail.conf", 0.3},
	}
	for _, tt := range tests {
		if tt.example != "" {
			s.dropIn("tpops.service", tt.example)
		}
		score := s.exposure("tpops.service")
		s.t.Logf("exposure for %s: %.1f", tt.name, score)
		if score > tt.max {
			s.t.Errorf("%s: %.1f, want at most %.1f", tt.name, score, tt.max)
		}
	}
	s.t.Logf("exposure of a process per connection: %.1f", s.exposure("tpops-inetd@x.service"))
}

// secretText is in files that no other user may read.
const secretText = "for the eyes of alice alone"

// testOtherMail has bob try to be served what is not his, by links of all
// kinds in his own home. The daemon may be able to read it; he may not.
func testOtherMail(s *site) {
	s.userWithMail("alice", []corpus.Message{{Name: "cur/1.secret:2,", Data: []byte("Subject: s\n\n" + secretText + "\n")}})
	s.do("chmod", "-R", "go=", "/home/alice")
	s.userWithMail("bob", letters(1))
	s.Write(s.t, "/etc/readable-secret", secretText+"\n", 0o644)
	s.configure()
	tricks := []struct{ name, script string }{
		{"symlink to a message", `ln -s /home/alice/Maildir/cur/1.secret:2, "$1/cur/2.link:2,"`},
		{"hard link to a message", `ln /home/alice/Maildir/cur/1.secret:2, "$1/cur/2.link:2,"`},
		{"symlink to a file that all may read", `ln -s /etc/readable-secret "$1/cur/2.link:2,"`},
		{"symlink to a folder", `rm -r "$1/cur"; ln -s /home/alice/Maildir/cur "$1/cur"`},
		{"symlink to a Maildir", `rm -r "$1"; ln -s /home/alice/Maildir "$1"`},
		{"symlink to a folder that all may read", `mkdir -p /var/spool/open/cur; cp /etc/readable-secret /var/spool/open/cur/1.open:2,
			chmod -R a+rX /var/spool/open; rm -rf "$1/cur"; ln -s /var/spool/open/cur "$1/cur"`},
		{"fifo", `mkfifo "$1/new/3.fifo"; chown bob "$1/new/3.fifo"`},
		{"symlink as lock", `ln -s /home/alice/victim "$1/tpops_lock"; ln -s /home/alice/victim2 "$1/tpops_index"`},
	}
	for _, service := range []string{"tpops.socket", "tpops-inetd.socket"} {
		s.do("systemctl", "enable", "--now", service)
		for _, trick := range tricks {
			s.Shell(s.t, `rm -rf /home/bob/Maildir`)
			s.deliver("/home/bob/Maildir", "bob", letters(1))
			s.Shell(s.t, trick.script, "/home/bob/Maildir")
			s.tryToRead(service + ", " + trick.name)
		}
	}
	if got := s.do("find", "/home/alice", "-name", "victim*"); got != "" {
		s.t.Errorf("a file was made for bob: %s", got)
	}
	s.wantOwner("/home/alice", "alice")
	if files := s.files("/home/alice/Maildir"); len(files) != 1 {
		s.t.Errorf("mail of alice: %q", files)
	}
	s.login("alice").quit()
}

// tryToRead logs in as bob, fetches all and deletes all.
func (s *site) tryToRead(what string) {
	s.t.Helper()
	v := s.visit()
	v.want("USER bob", `^\+OK`)
	if answer := v.want("PASS "+userPassword, `^(\+OK|-ERR)`); strings.HasPrefix(answer, "-ERR") {
		return
	}
	for n := 1; n <= 3; n++ {
		_, text, err := v.Multi(fmt.Sprintf("RETR %d", n))
		if err != nil {
			return // a message that cannot be read any more ends a session
		}
		if strings.Contains(string(text), secretText) {
			s.t.Errorf("%s: bob reads %q", what, text)
		}
		if err := v.Send(fmt.Sprintf("DELE %d", n)); err != nil {
			return
		}
		v.line("")
	}
	v.want("QUIT", `^(\+OK|-ERR)`)
}

// testShutIn shows what the daemon's process has left of its rights, and has
// the process itself try what the kernel has to stop: to become root or
// another user of the system, and to run a program.
func testShutIn(s *site) {
	s.user("alice")
	s.enableDaemon()
	s.login("alice")
	keeper := s.HostPID(s.t, s.mainPID())
	for field, want := range map[string]string{"CapEff": "0000000000000000", "CapPrm": "0000000000000000", "NoNewPrivs": "1", "Seccomp": "2"} {
		if got, err := daemon.Status(keeper, field); err != nil || slices.ContainsFunc(got, func(is string) bool { return is != want }) {
			s.t.Errorf("%s of the main process is %q, want %s; %v", field, got, want, err)
		}
	}
	pid := s.HostPID(s.t, s.servingPID())
	const setIDs = "00000000000000c0" // CAP_SETGID and CAP_SETUID
	for field, want := range map[string]string{
		"CapEff": setIDs, "CapPrm": setIDs, "CapBnd": setIDs, "NoNewPrivs": "1", "Seccomp": "2",
	} {
		threads, err := daemon.Status(pid, field)
		if err != nil {
			s.t.Fatal(err)
		}
		for _, got := range threads {
			if got != want {
				s.t.Errorf("%s of a thread is %s, want %s", field, got, want)
			}
		}
	}
	s.wantCallsRefused(pid)
	s.login("alice") // it serves on, after that
	s.wantOnlyMailWritable()
	s.wantNoFailure()
}

// wantOnlyMailWritable tries, as root but in the daemon's place, to make a file
// in directories of all kinds: the file systems alone have to stop that.
func (s *site) wantOnlyMailWritable() {
	s.t.Helper()
	mounts := fmt.Sprintf("--mount=/proc/%d/ns/mnt", s.HostPID(s.t, s.servingPID()))
	writable := map[string]bool{"/home/alice": true, "/var/mail": true, "/var/lib/tpops": true, "/var/log/tpops": true}
	for _, dir := range []string{
		"/", "/root", "/etc", "/etc/tpops", "/usr/sbin", "/run/user", "/var", "/var/lib", "/var/log",
		"/var/spool", "/boot", "/home/alice", "/var/mail", "/var/lib/tpops", "/var/log/tpops",
	} {
		out, err := exec.Command("nsenter", mounts, "sh", "-c", `touch "$1/tpops-probe" && rm "$1/tpops-probe"`, "sh", dir).CombinedOutput()
		if (err == nil) != writable[dir] {
			s.t.Errorf("%s: writable is %t, want %t: %s", dir, err == nil, writable[dir], out)
		}
	}
}
