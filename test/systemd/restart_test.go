//go:build systemd

package systemd

import (
	"strings"
	"testing"
)

// meetStages carries out the action while a session is in every stage and
// short ones come and go, and fails the test if any of them notices.
func (s *site) meetStages(action func()) {
	s.t.Helper()
	s.meetStagesBy(func(int) *visit { return s.visit() }, action)
}

// meetStagesBy is meetStages with a function that connects for a stage.
func (s *site) meetStagesBy(connect func(stage int) *visit, action func()) {
	s.t.Helper()
	visits := make([]*visit, len(stages))
	for i := range stages {
		visits[i] = connect(i)
		stages[i].begin(visits[i], stageUser(&stages[i]))
	}
	load := s.startLoad(letters(2))
	met := s.meet(visits)
	action()
	close(met.acted)
	for i := range stages {
		if err := <-met.errs[i]; err != nil {
			s.t.Errorf("%s, during the restart: %v", stages[i].name, err)
			continue
		}
		if err := stages[i].end(visits[i], stageUser(&stages[i])); err != nil {
			s.t.Errorf("%s, after the restart: %v", stages[i].name, err)
		}
	}
	load.waitRound()
	load.stop(s.t)
	s.wantNoFailure()
}

// meeting is what clients do while the action is carried out.
type meeting struct {
	acted chan struct{} // closed when it has been
	errs  []chan error  // one of each stage
}

// meet has the clients of the stages go on as soon as the daemon has begun to
// stop, or the action is done without that.
func (s *site) meet(visits []*visit) *meeting {
	m := &meeting{acted: make(chan struct{})}
	stopping := make(chan struct{})
	go func() {
		defer close(stopping)
		for !isClosed(m.acted) {
			r, err := s.Try("systemctl", "show", "--property=ActiveState", "tpops.service")
			if err != nil || strings.Contains(r.Stdout, "deactivating") {
				return
			}
		}
	}()
	for i := range stages {
		errs := make(chan error, 1)
		m.errs = append(m.errs, errs)
		if stages[i].meet == nil {
			errs <- nil
			continue
		}
		go func() {
			<-stopping
			errs <- stages[i].meet(visits[i])
		}()
	}
	return m
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// prepareStages sets up what meetStages needs.
func (s *site) prepareStages() {
	s.t.Helper()
	s.addStageUsers()
	s.addLoadUsers(letters(2))
	s.configure("max-servers = 200")
	s.enableDaemon()
}

// wantStageMail compares how many messages the mailboxes have, after a number
// of restarts.
func (s *site) wantStageMail(restarts int) {
	s.t.Helper()
	for i := range stages {
		want := stageMessages
		switch {
		case stages[i].name == "marks":
			want -= restarts
		case stages[i].meet != nil:
			want++
		}
		if got := len(s.files("/home/" + stageUser(&stages[i]) + "/Maildir")); got != want {
			s.t.Errorf("%s: %d messages, want %d", stages[i].name, got, want)
		}
	}
}

// testRestart shows that no way to restart the daemon or systemd is noticed by
// any client.
func testRestart(s *site) {
	s.prepareStages()
	commands := []struct {
		name     string
		command  []string
		restarts bool // the daemon is another process afterwards
	}{
		{"restart", []string{"systemctl", "restart", "tpops.service"}, true},
		{"try-restart", []string{"systemctl", "try-restart", "tpops.service"}, true},
		{"daemon-reload", []string{"systemctl", "daemon-reload"}, false},
		{"daemon-reexec", []string{"systemctl", "daemon-reexec"}, false},
		{"reload", []string{"systemctl", "reload", "tpops.service"}, false},
	}
	for _, c := range commands {
		s.t.Run(c.name, func(t *testing.T) {
			at := s.on(t)
			at.login(loadUser(0)).quit() // so that it runs
			before := at.mainPID()
			at.meetStages(func() { at.do(c.command...) })
			if after := at.mainPID(); (after != before) != c.restarts || after == 0 {
				t.Errorf("process %d before, %d after", before, after)
			}
		})
	}
	s.wantStageMail(len(commands))
}

// testRestartNoStore restarts the daemon under a systemd that keeps nothing for
// the next process. The sessions are lost, and the journal has to say so.
func testRestartNoStore(s *site) {
	s.userWithMail("alice", letters(3))
	s.configure()
	s.dropIn("tpops.service", "[Service]\nFileDescriptorStoreMax=0\n")
	s.enableDaemon()
	v := s.login("alice")
	v.want("DELE 1", `^\+OK`)
	s.do("systemctl", "restart", "tpops.service")
	v.closed()
	again := s.login("alice")
	again.want("STAT", `^\+OK 3 `)
	again.quit()
	told := s.events("session takeover failed")
	if len(told) != 1 || !strings.Contains(told[0].Text("MESSAGE"), "1 sessions were handed over and systemd has not kept them") {
		s.t.Errorf("the journal has %v", told)
	}
}

// testStopAfterRestart ends the daemon in ways that are no restart, after one
// that was: clients get no reply that they have not asked for.
func testStopAfterRestart(s *site) {
	s.userWithMail("alice", letters(3))
	s.enableDaemon()
	for _, command := range [][]string{
		{"systemctl", "kill", "--signal=TERM", "tpops.service"},
		{"systemctl", "stop", "tpops.service"},
	} {
		v := s.login("alice")
		v.want("DELE 1", `^\+OK`)
		s.do("systemctl", "restart", "tpops.service")
		v.want("STAT", `^\+OK 2 `)
		s.do(command...)
		v.closed()
	}
	if lost := s.events("session takeover failed"); len(lost) > 0 {
		s.t.Errorf("the journal has %v", lost)
	}
}
