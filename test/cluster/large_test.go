//go:build cluster

package cluster

import (
	"fmt"
	"os"
	"os/exec"
	"strings"
	"sync"
	"testing"
	"time"

	"tpops/test/fixture"
	"tpops/test/mariadb"
)

const (
	// soon is how long it may take until all users are served again after a program of any
	// kind was killed.
	soon = 2 * time.Second

	// switched is the same for a load balancer, since keepalived looks every second, and for
	// the clients with a session on a host that lost its power: HAProxy finds that out within
	// 2 seconds.
	switched = 3 * time.Second

	// later is the same for a load balancer that lost its power: the sessions of its clients
	// keep their mailboxes locked until the other side finds out.
	later = 30 * time.Second
)

// TestCluster has two load balancers with keepalived, two hosts with tpops and three
// database nodes. One of each kind ends with SIGKILL while clients are at work, and one of each
// is unplugged, so that no packet tells the others.
func TestCluster(t *testing.T) {
	s := newSite(t, 25)
	nodes, hosts := startDatabases(t)
	s.fill(nodes[0])
	for n := range s.hosts {
		s.startNode(n)
	}
	proxies, keepers := s.startPair()
	time.Sleep(4 * time.Second) // until the load balancers agree
	const address = serviceAddress + ":110"
	fixture.Eventually(t, "the service has its address", func() bool { return s.users[0].session(address) == nil })
	for n := range s.hosts {
		s.serves(n, "health-"+s.hosts[n].name)
	}
	l, others := newLoad(t, s.users[:20], address), s.users[20:]
	l.recovered("start", time.Now())
	time.Sleep(2 * time.Second) // of load

	l.gone("host 1 killed", soon, func() { s.killNode(0) }, others...)
	s.startNode(0)
	s.serves(0, "user")
	l.gone("database node 1 killed", soon, nodes[0].Kill, others...)
	nodes[0].Start()
	l.gone("database node 1 back", soon, func() {}, others...)
	l.gone("database node 2 unplugged", soon, hosts[1].disconnect, others...)
	hosts[1].connect()
	l.gone("host 2 without power", switched, func() {
		s.hosts[1].disconnect() // first, so that the kernel cannot close the connections
		s.killNode(1)
	}, others...)
	s.hosts[1].connect()
	s.startNode(1)
	s.serves(1, "user")
	l.gone("HAProxy 1 killed", switched, func() { kill(t, proxies[0]) })
	proxies[0] = s.startBalancer(0, false)
	l.gone("HAProxy 1 back", later, func() { time.Sleep(3 * time.Second) })
	l.gone("load balancer 1 without power", later, func() {
		s.balancer[0].disconnect()
		kill(t, keepers[0])
		kill(t, proxies[0])
	})
	l.end(s.users)
	oneWinner(t, s.users[0], s.hosts, 50, false)
}

// gone runs f, after which all users have to be served within a time. Each new session of others
// has to succeed within that time, too.
func (l *load) gone(what string, within time.Duration, f func(), others ...*mailUser) {
	l.t.Helper()
	now := time.Now()
	f()
	var group sync.WaitGroup
	for _, u := range others {
		group.Go(func() { l.welcome(what, within, u) })
	}
	if took := l.recovered(what, now); took > within {
		l.t.Errorf("%s: %v until all users are served, want at most %v", what, took, within)
	}
	group.Wait()
	time.Sleep(2 * time.Second) // until the next
}

// welcome has new sessions of a user, one after the other.
func (l *load) welcome(what string, within time.Duration, u *mailUser) {
	longest := time.Duration(0)
	for begun := time.Now(); time.Since(begun) < 2*within; time.Sleep(50 * time.Millisecond) {
		start := time.Now()
		if err := u.session(l.addresses[0]); err != nil {
			l.t.Errorf("%s: a new session of %s: %v", what, u.login, err)
			return
		}
		longest = max(longest, time.Since(start))
	}
	l.t.Logf("%s: the longest new session of %s took %v", what, u.login, longest)
	if longest > within {
		l.t.Errorf("%s: a new session of %s took %v, want at most %v", what, u.login, longest, within)
	}
}

// startDatabases starts three nodes of the example file.
func startDatabases(t *testing.T) (nodes []*mariadb.Server, hosts []*host) {
	t.Helper()
	for n := 1; n <= 3; n++ {
		h := newHost(t, fmt.Sprintf("db%d", n), fmt.Sprintf("192.0.2.3%d", n))
		options := []string{"--bind-address=" + h.address, "--wsrep-node-address=" + h.address, "--wsrep-node-name=" + h.name, "--port=3306"}
		var first []string
		if n == 1 {
			first = []string{"--wsrep-new-cluster"} // as galera_new_cluster does
		}
		nodes = append(nodes, mariadb.NewNode(t, h.enter, example(t, "galera.cnf"), options, first...))
		hosts = append(hosts, h)
	}
	fixture.Eventually(t, "three nodes", func() bool {
		return nodes[0].Query("select variable_value from information_schema.global_status where variable_name='WSREP_CLUSTER_SIZE'") == "3"
	})
	return nodes, hosts
}

// startPair starts HAProxy and keepalived on both load balancers.
func (s *site) startPair() (proxies, keepers []*exec.Cmd) {
	s.t.Helper()
	for n := range s.balancer {
		proxies = append(proxies, s.startBalancer(n, false))
		config := example(s.t, "keepalived.conf")
		if n == 1 {
			text := fixture.Read(s.t, config)
			if !strings.Contains(text, "priority 100") {
				s.t.Fatal("keepalived.conf has another priority")
			}
			config = fixture.Write(s.t, "keepalived.conf", strings.Replace(text, "priority 100", "priority 90", 1))
		}
		cmd := exec.Command("keepalived", "--dont-fork", "--log-console", "--vrrp", "-f", config)
		s.balancer[n].do(func() { s.balancer[n].try("keepalived", s.start(cmd)) })
		keepers = append(keepers, cmd)
	}
	return proxies, keepers
}

// kill ends a program with SIGKILL, with its children.
func kill(t *testing.T, cmd *exec.Cmd) {
	t.Helper()
	children := fixture.ProcessesOf(t, cmd.Process.Pid)
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait() // It was killed.
	for _, pid := range children {
		if p, err := os.FindProcess(pid); err == nil {
			_ = p.Kill() // It may have ended with its parent.
		}
	}
}
