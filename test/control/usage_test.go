//go:build integration

package control_test

import (
	"maps"
	"os/exec"
	"slices"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestUsage checks what daemons of each type record, and that --if names exactly the
// clients that can no longer log in with the other value.
func TestUsage(t *testing.T) {
	b := newUsageBed(t)
	for i, name := range fixture.ParallelTypes() {
		t.Run(name, func(t *testing.T) {
			if failed := b.run(t, "--parallel-type="+name); len(failed) > 0 {
				t.Fatal(failed)
			}
			rows := b.usage(t)
			for _, c := range usageClients {
				row := rows[c.name()]
				mail := "leaves"
				if c.user == "new" {
					mail = "deletes"
				}
				// mpop fetches all messages, the others one.
				if row.Logins != i+1 || row.Retrieved < i+1 || row.Address != "127.0.0.1" || row.Mail != mail || row.Implicit == (c.how[0] != 'i' && c.how != "curl") {
					t.Errorf("%s: %+v", c.name(), row)
				}
			}
			if len(rows) != len(usageClients) {
				t.Errorf("%v", rows)
			}
		})
	}
	t.Run("if", b.testIf)
	t.Run("inetd", b.testInetd)
}

// testIf switches each parameter and tries.
func (b *usageBed) testIf(t *testing.T) {
	for _, change := range []string{"tls-min-version=1.3", "plaintext-login=never", "sasl-mechanisms=PLAIN", "apop=no"} {
		foretold := b.usage(t, "--if", change)
		params := []string{"--parallel-type=thread", "--usage-file=none", "--" + change}
		if change == "apop=no" {
			cmd := exec.Command(fixture.Program(t, "tpops_passwd"), "--hash", "SCRAM-SHA-256")
			cmd.Stdin = strings.NewReader(fixture.Password + "\n")
			hash, err := cmd.Output()
			if err != nil {
				t.Fatal(err)
			}
			b.writeUsers(t, strings.TrimSpace(string(hash)))
			params = params[:2]
		}
		if failed := b.run(t, params...); !slices.Equal(slices.Sorted(slices.Values(failed)), slices.Sorted(maps.Keys(foretold))) {
			t.Errorf("%s: failed: %q, foretold: %q", change, failed, slices.Sorted(maps.Keys(foretold)))
		}
		for name, row := range foretold {
			if row.Other == nil || *row.Other != (row.User == "both") {
				t.Errorf("%s: %s: %+v", change, name, row)
			}
		}
	}
}

// testInetd checks that a process for one connection records its session too.
func (b *usageBed) testInetd(t *testing.T) {
	b.writeUsers(t, "{PLAIN}"+fixture.Password)
	before := b.usage(t)["clear USER"].Logins
	config := fixture.Read(t, b.config)
	lines := slices.DeleteFunc(strings.SplitAfter(config, "\n"), func(line string) bool {
		return strings.HasPrefix(line, "tls-port") || strings.HasPrefix(line, "control-socket")
	})
	inetd := fixture.Write(t, "inetd.toml", strings.Join(lines, ""))
	for range 2 {
		s, cmd := fixture.StartInetd(t, "--config="+inetd)
		s.OK("USER clear")
		s.OK("PASS " + fixture.Password)
		s.OK("QUIT")
		if err := cmd.Wait(); err != nil {
			t.Error(err)
		}
	}
	if after := b.usage(t)["clear USER"].Logins; after != before+2 {
		t.Errorf("%d logins, %d before", after, before)
	}
}
