//go:build integration

package clients

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
	"tpops/test/fixture"
	"tpops/test/service"
)

// checkNotAgain has mpop fetch all messages of a mailbox, and meet the end of a session before
// it has sent UIDL. It must not fetch any of them again then.
func checkNotAgain(t *testing.T, addr string, end, goOn func()) {
	t.Helper()
	h := &holder{t: t, server: addr, end: end}
	j := NewJob(t, h.through(addr), OnlyNew)
	if n := len(mpop(t, j)); n != 5 {
		t.Fatalf("%d messages fetched", n)
	}
	behind, done := h.serve()
	j.Daemon = h.through(behind)
	mpop(t, j, 69, 73, 74, 75, 76) // EX_UNAVAILABLE to EX_PROTOCOL
	<-done
	if !h.held || !strings.HasSuffix(h.sent, "\r\n.\r\n") {
		t.Errorf("held %v, the last replies are %q", h.held, h.sent)
	}
	goOn()
	j.Daemon = h.through(addr)
	if n := len(mpop(t, j)); n != 0 {
		t.Errorf("%d messages fetched again", n)
	}
}

// TestEndNotAgain checks that a session that the server ends does not make mpop fetch its
// messages again.
func TestEndNotAgain(t *testing.T) {
	fixture.EachType(t, func(t *testing.T, parallelType string) {
		for name, way := range map[string]struct {
			param string
			end   func(t *testing.T, d *daemon.Daemon, socket string)
		}{
			"kick": {"--lock-takeover=2m", func(t *testing.T, _ *daemon.Daemon, socket string) {
				if code, out, errs := fixture.RunTpopsctl(t, "kick", socket, "--user="+fixture.User); code != 0 {
					t.Errorf("exit %d, %s%s", code, out, errs)
				}
			}},
			"takeover":        {"--lock-takeover=1", func(t *testing.T, d *daemon.Daemon, _ string) { fixture.LogIn(t, d).OK("QUIT") }},
			"keep time":       {"--connection-keep-time=3", func(*testing.T, *daemon.Daemon, string) {}},
			"command timeout": {"--command-timeout=3", func(*testing.T, *daemon.Daemon, string) {}},
		} {
			if isTime := strings.Contains(name, "time"); isTime && parallelType != "--parallel-type=thread" {
				continue // It takes seconds, and is the same in all of them.
			}
			t.Run(name, func(t *testing.T) {
				t.Parallel()
				socket := filepath.Join(t.TempDir(), "control")
				d := fixture.Small(t).Start(t, parallelType, "--syslog=none", "--control-socket="+socket, way.param)
				checkNotAgain(t, d.Addr, func() { way.end(t, d, "--socket="+socket) }, func() {})
			})
		}
	})
}

// TestStopNotAgain checks the same of a stop, and of a restart with a process model that
// cannot continue sessions.
func TestStopNotAgain(t *testing.T) {
	for _, isRestart := range []bool{false, true} {
		for _, model := range fixture.ParallelTypes() {
			if isRestart && model != "thread" {
				continue
			}
			t.Run(map[bool]string{false: "stop ", true: "restart "}[isRestart]+model, func(t *testing.T) {
				t.Parallel()
				cert, key, config := fixture.Write(t, "cert.pem", ""), fixture.Write(t, "key.pem", ""), fixture.Write(t, "tpops.toml", `parallel-type = "`+model+`"`)
				certstest.NewAuthority(t).Issue(t, certstest.Leaf{Names: []string{"localhost"}}).Write(t, cert, key)
				s := service.New(t, fixture.Program(t, "tpops"), fixture.Small(t).Params("--fg", "--config="+config, "--control-socket=none",
					"--drain-time=1", "--tls-cert="+cert, "--tls-key="+key)...)
				start := func() {
					if err := s.Start(); err != nil {
						t.Fatal(err)
					}
				}
				start()
				end := func() {
					if err := s.Stop(isRestart); err != nil {
						t.Error(err)
					}
					if isRestart {
						if err := os.WriteFile(config, []byte(`parallel-type = "prefork"`), 0o600); err != nil {
							t.Error(err)
						}
						start()
					}
				}
				checkNotAgain(t, s.Plain, end, func() {
					if !isRestart {
						start()
					}
				})
			})
		}
	}
}
