//go:build integration

package migration

import (
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"tpops/test/clients"
	"tpops/test/daemon"
	"tpops/test/dovecot"
	"tpops/test/fixture"
)

// keepers are clients that leave mail on the server and remember UIDLs.
func keepers(t *testing.T) []clients.Client {
	t.Helper()
	all := slices.DeleteFunc(slices.Clone(clients.All), func(c clients.Client) bool {
		return !slices.Contains([]string{"fetchmail", "mpop", "getmail"}, c.Name)
	})
	if len(all) != 3 {
		t.Fatalf("%d clients", len(all))
	}
	return all
}

// clientJobs returns a job for each client, which remembers what it has fetched.
func clientJobs(t *testing.T, f *front) map[string]*clients.Job {
	t.Helper()
	jobs := map[string]*clients.Job{}
	for _, c := range keepers(t) {
		jobs[c.Name] = clients.NewJob(t, f.daemon(), clients.OnlyNew)
	}
	return jobs
}

// wantFetched checks how many messages each client fetches now.
func wantFetched(t *testing.T, jobs map[string]*clients.Job, want int) {
	t.Helper()
	for _, c := range keepers(t) {
		if got := c.Fetch(t, jobs[c.Name]); len(got) != want {
			t.Errorf("%s fetched %d messages, want %d", c.Name, len(got), want)
		}
	}
}

// move checks that TPOPS refuses the mailboxes of an old server, imports them, and
// checks that all UIDLs and the order are those of before. It returns the server.
func move(t *testing.T, s site, before [][]string, refuses bool, args ...string) *daemon.Daemon {
	t.Helper()
	file := s.config(t)
	d := fixture.Start(t, "--config="+file)
	if refuses {
		session := fixture.Dial(t, d)
		session.OK("USER " + fixture.User)
		session.Want("PASS "+fixture.Password, `^-ERR \[SYS/TEMP\]`)
		fixture.Eventually(t, "the log has the command", func() bool { return strings.Contains(d.Log(), "tpopsctl import --from ") })
		fixture.Eventually(t, "the log has the reason", func() bool { return strings.Contains(d.Log(), " reason=uidl-mismatch fix=") })
	}
	args = append([]string{"import", "--users", "--config", file}, args...)
	code, stdout, stderr := fixture.RunTpopsctl(t, args...)
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("mailboxes: %d ready\n", s.mailboxes)) || !strings.Contains(stdout, "nothing was changed") {
		t.Fatalf("dry run: exit status %d\n%s%s", code, stdout, stderr)
	}
	code, stdout, stderr = fixture.RunTpopsctl(t, append(args, "--apply")...)
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("mailboxes: %d imported\n", s.mailboxes)) {
		t.Fatalf("import: exit status %d\n%s%s", code, stdout, stderr)
	}
	wantSame(t, s, d, before)
	return d
}

func wantSame(t *testing.T, s site, d *daemon.Daemon, before [][]string) {
	t.Helper()
	total := 0
	for i, now := range listAll(t, s, d.Addr) {
		if !slices.Equal(now, before[i]) {
			t.Errorf("mailbox %d: %d UIDLs %.300q\nbefore %d %.300q", i, len(now), now, len(before[i]), before[i])
		}
		total += len(now)
	}
	if total < s.mailboxes*s.messages {
		t.Errorf("only %d messages", total)
	}
}

// TestMovingFromDovecot moves mailboxes of a real Dovecot: with holes, flags, renamed
// files, mail that came later, and saved UIDLs and orders.
func TestMovingFromDovecot(t *testing.T) {
	for name, settings := range map[string]string{
		"default": "",
		"saved":   "pop3_save_uidl = yes\npop3_uidl_format = %v.%u\n",
		"GUID":    "pop3_uidl_format = %g\n",
	} {
		t.Run(name, func(t *testing.T) {
			s, f := newSite(t), newFront(t)
			moved := newSite(t)
			var before [][]string
			jobs := clientJobs(t, f)
			t.Run("before", func(t *testing.T) {
				d := startDovecot(t, s, settings)
				before = fill(t, s, d.Addr)
				editList(t, s, d.Addr, before)
				f.target.Store(&d.Addr)
				wantFetched(t, jobs, len(before[0]))
				before = listAll(t, s, d.Addr)
			})
			s.copyTo(t, moved)
			conf := fixture.Write(t, "doveconf", "# 2.3.19\n"+settings)
			d := move(t, moved, before, true, "--from", "dovecot", "--doveconf", conf)
			f.target.Store(&d.Addr)
			wantFetched(t, jobs, 0)
			moved.deliver(t, 0, 5000, 3)
			wantFetched(t, jobs, 3)
			if now := list(t, d.Addr, loginOf(0)); !slices.Equal(now[:len(before[0])], before[0]) {
				t.Errorf("new mail has changed the list")
			}
		})
	}
}

// fill makes all mailboxes, lists them at a server, so that it makes its lists,
// disturbs them, and returns what it lists then.
func fill(t *testing.T, s site, addr string) [][]string {
	t.Helper()
	for i := range s.mailboxes {
		s.deliver(t, i, 0, s.messages)
	}
	listAll(t, s, addr)
	for i := range s.mailboxes {
		s.disturb(t, i)
		s.deliver(t, i, s.messages, s.messages/2)
	}
	return listAll(t, s, addr)
}

// startDovecot starts a Dovecot on the Maildirs of a site.
func startDovecot(t *testing.T, s site, settings string) *dovecot.Server {
	t.Helper()
	d := dovecot.StartWith(t, "pop3", settings+"mail_fsync = never\n")
	var users strings.Builder
	for i := range s.mailboxes {
		fmt.Fprintf(&users, "%s:{PLAIN}%s:%d:%d::%s::userdb_mail=maildir:%s\n", loginOf(i), fixture.Password, clients.Nobody, clients.Nobody, s.dir, s.maildir(i))
	}
	d.Write(t, "users", users.String())
	return d
}

// editList gives some messages of a mailbox UIDLs and orders of a still older server, as
// the tools for moving to Dovecot do.
func editList(t *testing.T, s site, addr string, before [][]string) {
	t.Helper()
	const i = 3
	file := filepath.Join(s.maildir(i), "dovecot-uidlist")
	lines := strings.SplitAfter(fixture.Read(t, file), "\n")
	for n, line := range lines {
		if uid, rest, found := strings.Cut(line, " "); n > 0 && n%4 == 0 && found {
			lines[n] = fmt.Sprintf("%s Pold-%d O%d %s", uid, n, 1000-n, rest)
		}
	}
	fixture.Command(t, "rm", "-f", filepath.Join(s.maildir(i), "dovecot.index.cache"))
	if err := os.WriteFile(file, []byte(strings.Join(lines, "")), 0o600); err != nil {
		t.Fatal(err)
	}
	if now := list(t, addr, loginOf(i)); slices.Equal(now, before[i]) {
		t.Error("Dovecot has not heeded the list")
	}
}

// TestMovingFromCourier moves mailboxes of a real Courier.
func TestMovingFromCourier(t *testing.T) {
	s, f, moved := newSite(t), newFront(t), newSite(t)
	addr := newCourier(t, s).Addr().String()
	before := fill(t, s, addr)
	f.target.Store(&addr)
	jobs := clientJobs(t, f)
	wantFetched(t, jobs, len(before[0]))
	before = listAll(t, s, addr)
	s.copyTo(t, moved)
	d := move(t, moved, before, true, "--from", "courier")
	f.target.Store(&d.Addr)
	wantFetched(t, jobs, 0)
	moved.deliver(t, 0, 5000, 3)
	wantFetched(t, jobs, 3)
}

// TestMovingFromRunning moves mailboxes whose lists are not known: the old server is
// asked over POP3.
func TestMovingFromRunning(t *testing.T) {
	s, moved := newSite(t), newSite(t)
	d := startDovecot(t, s, "")
	before := fill(t, s, d.Addr)
	s.copyTo(t, moved)
	var accounts strings.Builder
	for i := range s.mailboxes {
		fixture.Command(t, "sh", "-c", "rm "+moved.maildir(i)+"/dovecot*")
		fmt.Fprintf(&accounts, "%s\t%s\t%s\n", moved.maildir(i), loginOf(i), fixture.Password)
	}
	args := []string{"import", "--from", "pop3", "--server", d.Addr, "--tls", "no", "--accounts", fixture.Write(t, "accounts", accounts.String()), "--apply"}
	code, stdout, stderr := fixture.RunTpopsctl(t, args...)
	if code != 0 || !strings.Contains(stdout, fmt.Sprintf("mailboxes: %d imported\n", s.mailboxes)) {
		t.Fatalf("import: exit status %d\n%s%s", code, stdout, stderr)
	}
	wantSame(t, s, fixture.Start(t, "--config="+moved.config(t)), before)
}

// TestMovingFromQmail moves mailboxes that qmail-pop3d has listed by modification time.
func TestMovingFromQmail(t *testing.T) {
	s := newSite(t)
	var before [][]string
	for i := range s.mailboxes {
		s.deliver(t, i, 0, s.messages)
		before = append(before, qmailList(t, s, i))
	}
	move(t, s, before, false, "--from", "qmail")
}

// qmailList gives the messages of a mailbox times of their own, in an order that is not
// that of their names, and returns their UIDLs in the order of times.
func qmailList(t *testing.T, s site, i int) []string {
	t.Helper()
	files, err := filepath.Glob(filepath.Join(s.maildir(i), "[nc]*", "*"))
	if err != nil {
		t.Fatal(err)
	}
	uidls := make([]string, len(files))
	for n, file := range files {
		at := (n*7 + i) % len(files) // 7 divides no number of messages here
		fixture.Command(t, "touch", "-d", fmt.Sprintf("@%d", 1600000000+at), file)
		uidls[at], _, _ = strings.Cut(filepath.Base(file), ":")
	}
	return uidls
}
