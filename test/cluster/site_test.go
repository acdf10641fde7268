//go:build integration || cluster || nfs

package cluster

import (
	"fmt"
	"os/exec"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"tpops/test/corpus"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/mariadb"
)

// Addresses of the example files.
const (
	serviceAddress = "192.0.2.10"
	databaseSecret = "database-secret"
)

// site is a cluster of the example files, with the users' mail in a directory that its hosts
// share.
type site struct {
	t        *testing.T
	mail     string // the shared directory
	secret   string // file with the password of the database
	balancer []*host
	hosts    []*host
	serving  []*daemon.Daemon // one on each of hosts, nil if it is down
	users    []*mailUser
}

// newSite makes the network, the mail directory and the hosts. Nothing runs yet.
func newSite(t *testing.T, users int) *site {
	t.Helper()
	fixture.NeedRoot(t)
	newNetwork(t, users)
	s := &site{t: t, mail: t.TempDir(), secret: fixture.Write(t, "secret", databaseSecret)}
	for n := range users {
		s.users = append(s.users, newMailUser(t, s.mail, n))
	}
	for n := 1; n <= 2; n++ {
		s.hosts = append(s.hosts, newHost(t, fmt.Sprintf("mail%d", n), fmt.Sprintf("192.0.2.2%d", n)))
		s.balancer = append(s.balancer, newHost(t, fmt.Sprintf("lb%d", n), fmt.Sprintf("192.0.2.1%d", n)))
		health := filepath.Join(s.mail, fmt.Sprintf("health-mail%d", n))
		if err := corpus.Write(health, nil); err != nil {
			t.Fatal(err)
		}
	}
	s.serving = make([]*daemon.Daemon, len(s.hosts))
	return s
}

// example returns the path of an example file of the packages.
func example(t *testing.T, name string) string {
	t.Helper()
	path, err := filepath.Abs("../../packaging/examples/" + name)
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// fill adds the users to the database.
func (s *site) fill(db *mariadb.Server) {
	s.t.Helper()
	rows := []string{}
	for _, u := range s.users {
		rows = append(rows, fmt.Sprintf("('%s','{PLAIN}%s','%s')", u.login, u.password, u.dir))
	}
	for _, h := range s.hosts {
		rows = append(rows, fmt.Sprintf("('health-%s','{PLAIN}health-secret','%s/health-%s')", h.name, s.mail, h.name))
	}
	db.Exec("create database mail", "create user tpops@'%' identified by '"+databaseSecret+"'", "grant select on mail.* to tpops@'%'",
		"create table mail.user (login varchar(64) primary key, passwd varchar(99), maildir varchar(200)) engine=InnoDB",
		"insert into mail.user values "+strings.Join(rows, ","))
}

// startNode starts the daemon on host n.
func (s *site) startNode(n int) {
	s.t.Helper()
	var d *daemon.Daemon
	program, config := fixture.Program(s.t, "tpops"), example(s.t, "tpops-node.toml")
	s.hosts[n].do(func() {
		var err error
		d, err = daemon.Start(program, "--config="+config, "--port="+s.hosts[n].address+":110",
			"--mail-roots="+s.mail, "--mysql-passwd-file="+s.secret, "--syslog=none")
		s.hosts[n].try("tpops", err)
	})
	s.serving[n] = d
	s.t.Cleanup(func() {
		if s.serving[n] != d {
			return // killed
		}
		if err := d.Stop(); err != nil {
			s.t.Errorf("stop %s: %v", s.hosts[n].name, err)
		}
	})
}

// killNode ends the daemon on host n with SIGKILL.
func (s *site) killNode(n int) {
	d := s.serving[n]
	s.serving[n] = nil
	d.Kill()
}

// startBalancer starts HAProxy on load balancer n, and gives it the address that clients use
// if own is set.
func (s *site) startBalancer(n int, own bool) *exec.Cmd {
	s.t.Helper()
	cmd := exec.Command("haproxy", "-W", "-db", "-p", "/run/haproxy.pid", "-f", example(s.t, "haproxy.cfg"))
	s.balancer[n].do(func() {
		if own {
			s.balancer[n].run("ip", "address", "add", serviceAddress+"/24", "dev", "eth0")
		}
		s.balancer[n].try("haproxy", s.start(cmd))
	})
	return cmd
}

// start starts a program that ends with the test.
func (s *site) start(cmd *exec.Cmd) error {
	cmd.Stdout, cmd.Stderr = s.t.Output(), s.t.Output()
	if err := cmd.Start(); err != nil {
		return err
	}
	s.t.Cleanup(func() {
		if cmd.ProcessState == nil {
			_ = cmd.Process.Signal(syscall.SIGTERM) // It may have ended.
			_ = cmd.Wait()                          // By the signal.
		}
	})
	return nil
}
