//go:build integration && amd64

package killed

import (
	"crypto/tls"
	"fmt"
	"net"
	"slices"
	"strings"
	"testing"
	"time"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/service"
)

// TestRestartKilled kills a process at its system calls while systemd restarts the
// service: the keeper, the process that hands its sessions over or goes on with them, a
// child, or the next process, which adopts them.
func TestRestartKilled(t *testing.T) { eachRestart(t, kill) }

// TestRestartFails makes these calls fail.
func TestRestartFails(t *testing.T) { eachRestart(t, fail) }

func eachRestart(t *testing.T, how way) {
	fixture.NeedRoot(t)
	n := kills(t, 8) / 8
	for _, kind := range []string{"thread", "thread with TLS", "prefork", "fork"} {
		t.Run(kind, func(t *testing.T) {
			siege{n: n}.run(t, func(_, round int) bool {
				// About so many calls are made before and after, in all processes.
				return restarted(t, kind, 1+round/2*37%[]int{25, 350}[round%2], round, how)
			})
		})
	}
}

// restarted makes a restart with a trap at a call of the processes before it, or of those
// after it, while a client has a session. It reports whether the trap caught a call.
func restarted(t *testing.T, kind string, at, round int, how way) bool {
	m := newModel(t, 12, "--keep-deleted=7d")
	m.label = fmt.Sprintf("%s round %d call %d", kind, round, at)
	r := newRestart(m, kind)
	trap := how(at, round)
	trap.program, trap.all, trap.below = "tpops", false, m.box.Dir
	defer r.close()
	if err := r.start(nil); err != nil {
		t.Fatal(err)
	}
	v := &visit{m: m, c: r.client(kind == "thread with TLS"), retr: 3, dele: 3}
	if !v.login() || !v.list() || !v.retrieve() || !v.delete() {
		t.Fatalf("%s: no session\n%s", m.label, r.service.Tail())
	}
	trap.serves = servesClient(t, v.c)
	hit := r.restart(trap, round%2 == 0)
	m.label += " " + hit
	m.lossy = trap.fault
	v.goOn(r.hurt())
	v.c.Close()
	v.m.checkFiles()
	if text := r.service.Log(); strings.Contains(text, "panic:") || strings.Contains(text, "fatal error:") {
		m.errorf("the server has crashed")
	}
	m.look(-1)
	r.serves()
	if t.Failed() {
		t.Log(r.service.Log())
	}
	return hit != ""
}

// restart is a service, and the supervisors of its processes.
type restart struct {
	m           *model
	service     *service.Service
	authority   *certstest.Authority
	supervisors []*supervisor
}

func newRestart(m *model, kind string) *restart {
	kind, _, _ = strings.Cut(kind, " ")
	r := &restart{m: m, authority: certstest.NewAuthority(m.t)}
	cert, key := fixture.Write(m.t, "cert.pem", ""), fixture.Write(m.t, "key.pem", "")
	r.authority.Issue(m.t, certstest.Leaf{Names: []string{"localhost"}}).Write(m.t, cert, key)
	params := append([]string{"--fg", "--parallel-type=" + kind, "--control-socket=none", "--drain-time=1", "--tls-cert=" + cert, "--tls-key=" + key}, m.params...)
	r.service = service.New(m.t, fixture.Program(m.t, "tpops"), params...)
	return r
}

// start starts the service, with a trap for the process that starts, or without.
func (r *restart) start(t *trap) error {
	s, err := supervised(r.m.t, func(s *supervisor) error {
		if t != nil {
			s.set(*t)
		}
		return r.service.Start()
	})
	if s != nil {
		r.supervisors = append(r.supervisors, s)
	}
	return err
}

// restart restarts the service as systemd does: if a process does not start, it is started
// again. It returns the call that the trap caught.
func (r *restart) restart(t trap, before bool) (hit string) {
	r.m.t.Helper()
	if before {
		r.supervisors[0].set(t)
		t.at = 0
	}
	_ = r.service.Stop(true) // It may have been killed.
	err := r.start(&t)
	for range 3 {
		if err == nil {
			break
		}
		err = r.start(nil)
	}
	if err != nil {
		r.m.errorf("the service does not start: %v", err)
	}
	for _, s := range r.supervisors {
		hit += s.disarm()
	}
	return hit
}

// hurt reports whether the trap caught a process that served the session, or that was taking
// it over: the state of a session comes before its connection. That process may be a child
// whose keeper the trap caught.
func (r *restart) hurt() bool {
	return slices.ContainsFunc(r.supervisors, (*supervisor).hurt) || strings.Contains(r.service.Log(), "the process that began to read it was killed")
}

// client connects and reads the greeting.
func (r *restart) client(secure bool) *daemon.Client {
	r.m.t.Helper()
	addr := r.service.Plain
	if secure {
		addr = r.service.Implicit
	}
	conn, err := net.Dial("tcp", addr)
	if err != nil {
		r.m.t.Fatal(err)
	}
	if secure {
		conn = tls.Client(conn, &tls.Config{RootCAs: r.authority.Pool(), ServerName: "localhost"})
	}
	c := daemon.NewClient(conn)
	_ = conn.SetDeadline(time.Now().Add(time.Minute))
	if greeting, err := c.Line(); err != nil || !strings.HasPrefix(greeting, "+OK") {
		r.m.errorf("greeting %q, %v", greeting, err)
	}
	return c
}

// serves checks that the service serves, and that no lock is left. One that was killed
// after it was ready is started again.
func (r *restart) serves() {
	r.m.t.Helper()
	if !fixture.IsAlive(r.service.PID()) {
		if err := r.start(nil); err != nil {
			r.m.errorf("the service does not start again: %v", err)
			return
		}
	}
	v := &visit{m: r.m, c: r.client(false), retr: 1, must: true}
	v.play()
}

// close ends the service.
func (r *restart) close() {
	r.service.Kill()
	for _, s := range r.supervisors {
		s.close()
	}
}
