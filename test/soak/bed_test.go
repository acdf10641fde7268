//go:build integration

package soak

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
	"tpops/test/dovecot"
	"tpops/test/fixture"
	"tpops/test/mariadb"
	"tpops/test/service"
)

// mailboxes is how many have mail: one for each client.
const mailboxes = 17

// ownBox returns the mailbox of one of the drivers. Between those of the first seven and
// of the others are those of mail programs and of the slow readers.
func ownBox(driver int) int {
	if driver < firstProgram {
		return driver
	}
	return driver + slowBox + 1 - firstProgram
}

// dovecotConfig has Dovecot deliver with dovecot-lda.
const dovecotConfig = `
postmaster_address = postmaster@example.org
auth_failure_delay = 0
mail_max_userip_connections = 0
`

// soak is one run.
type soak struct {
	*oracle
	t         *testing.T
	manager   *service.Service
	dovecot   *dovecot.Server
	authority *certstest.Authority
	database  *mariadb.Server // nil if the users are in a file
	plain     string          // addresses
	implicit  string
	dir       string // for files of the server
	ctx       context.Context

	mail    []*program
	figures figures
	epoch
}

// figures count what has happened.
type figures struct {
	sessions, broken, brokenOff, busy, temporary, retrieved, deletes, flags, moves atomic.Int64
	reloads, restarts, rotations, renewals, databases, hostile, programs, failed   atomic.Int64
}

func (f *figures) String() string {
	return fmt.Sprintf("own sessions %d (cut %d, broken off on purpose %d, mailbox in use %d, temporary error %d), retrieved %d, deleted %d, "+
		"IMAP flags %d, IMAP moves %d, reloads %d, restarts %d, log rotations %d, certificates %d, database restarts %d, hostile connections %d, mail programs %d (failed %d)",
		f.sessions.Load(), f.broken.Load(), f.brokenOff.Load(), f.busy.Load(), f.temporary.Load(), f.retrieved.Load(), f.deletes.Load(),
		f.flags.Load(), f.moves.Load(), f.reloads.Load(), f.restarts.Load(), f.rotations.Load(), f.renewals.Load(), f.databases.Load(), f.hostile.Load(), f.programs.Load(), f.failed.Load())
}

func newSoak(t *testing.T, kind, uidl string, withDatabase bool) *soak {
	t.Helper()
	s := &soak{oracle: newOracle(t), t: t, dir: t.TempDir(), authority: certstest.NewAuthority(t)}
	s.dovecot = dovecot.StartWith(t, "imap", dovecotConfig)
	for box := range mailboxes {
		s.dovecot.Deliver(t, box, nil)
	}
	s.issue("first").Write(t, s.path("cert.pem"), s.path("key.pem"))
	args := []string{"--fg", "--parallel-type=" + kind, "--maildir-uidl=" + uidl, "--control-socket=none", "--syslog=none",
		"--max-servers=120", "--error-interval=1", "--command-timeout=60", "--drain-time=3", "--access-log=" + s.path("access.log"),
		"--tls-cert=" + s.path("cert.pem"), "--tls-key=" + s.path("key.pem"), "--plaintext-login=yes", "--sasl-mechanisms=PLAIN,CRAM-MD5,SCRAM-SHA-256",
		"--hostname=localhost", "--keep-deleted=7d"}
	if kind != "fork" {
		args = append(args, "--auth-cache=5")
	}
	args = append(args, s.users(withDatabase)...)
	s.manager = service.New(t, fixture.Program(t, "tpops"), args...)
	s.plain, s.implicit = s.manager.Plain, s.manager.Implicit
	if err := s.manager.Start(); err != nil {
		t.Fatal(err)
	}
	for box := range mailboxes { // The first login to a Maildir without messages makes its list of UIDLs.
		c, err := daemon.Login(s.plain, fmt.Sprintf("user%d", box), fixture.Password)
		if err != nil {
			t.Fatalf("%v\n%s", err, s.manager.Tail())
		}
		c.Command("QUIT")
		c.Close()
	}
	s.mail = s.programs()
	return s
}

// users makes the users and returns the parameters for them.
func (s *soak) users(withDatabase bool) []string {
	s.t.Helper()
	if !withDatabase {
		return []string{"--auth-type=passwd-file", "--passwd-file=" + fixture.Write(s.t, "users", s.dovecot.Users())}
	}
	s.database = mariadb.New(s.t, false)
	s.database.Exec("create database tpops", "create user tpops@localhost identified by 'database'", "grant select on tpops.* to tpops@localhost",
		"create table tpops.user (login varchar(80) primary key, passwd varchar(80), maildir varchar(200))")
	for box := range mailboxes {
		s.database.Exec(fmt.Sprintf("insert into tpops.user values ('user%d', '%s', '%s')", box, fixture.Password, s.dovecot.Maildir(box)))
	}
	return []string{"--auth-type=mysql", "--mysql-server=" + s.database.Socket, "--mysql-user=tpops", "--mysql-passwd=database",
		"--mysql-db=tpops", "--mysql-crypt-passwd=no"}
}

func (s *soak) path(name string) string { return filepath.Join(s.dir, name) }

// issue returns another certificate for localhost.
func (s *soak) issue(name string) certstest.Issued {
	s.t.Helper()
	return s.authority.Issue(s.t, certstest.Leaf{CommonName: name, Names: []string{"localhost", "127.0.0.1"}})
}

// fault reports what must not happen. The log of the server is in a file.
func (s *soak) fault(format string, args ...any) {
	s.t.Errorf("%s: "+format, append([]any{time.Now().UTC().Format("15:04:05.000")}, args...)...)
}

// live reports whether the run goes on.
func (s *soak) live() bool { return s.ctx.Err() == nil }

// pause waits, until the end of the run at the longest.
func (s *soak) pause(d time.Duration) {
	select {
	case <-s.ctx.Done():
	case <-time.After(d):
	}
}

// run does the work for a time, and then checks what is left.
func (s *soak) run(length time.Duration) {
	defer func() {
		if s.t.Failed() {
			s.keepLog()
		}
	}()
	var cancel context.CancelFunc
	s.ctx, cancel = context.WithTimeout(s.t.Context(), length)
	defer cancel()
	var work sync.WaitGroup
	for _, each := range s.workers() {
		work.Go(each)
	}
	work.Wait()
	quiet := time.Now()
	s.finish()
	if err := s.manager.Stop(false); err != nil {
		s.fault("%v", err)
	}
	s.t.Logf("the end took %v", time.Since(quiet).Round(time.Second/10))
	for _, bad := range []string{"DATA RACE", "panic:", "fatal error:"} {
		if strings.Contains(s.manager.Log(), bad) {
			s.t.Errorf("%s\n%s", bad, s.manager.Log())
		}
	}
	delivered, again := s.count()
	s.t.Logf("messages %d, retrieved again by the own driver %d, restarts with sessions handed over %d, %s", delivered, again, s.manager.Handed(), &s.figures)
}

// keepLog writes the log of the servers to a file that stays after the test.
func (s *soak) keepLog() {
	file, err := os.CreateTemp("", "tpops-soak-*.log")
	if err != nil {
		s.t.Error(err)
		return
	}
	defer file.Close()
	if _, err := file.WriteString(s.manager.Log()); err != nil {
		s.t.Error(err)
	}
	s.t.Logf("the log of the server is in %s", file.Name())
}
