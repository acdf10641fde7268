//go:build packages

package packaging

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// testFail2banServer checks that the real fail2ban, with our filter and our jail, bans each
// attacker in a log and no other address: from a file, and from a journal.
func testFail2banServer(t *testing.T, log string, attackers map[string]bool) {
	t.Run("file", func(t *testing.T) {
		name := filepath.Join(t.TempDir(), "log")
		lines := regexp.MustCompile(`(?m)^(\S+) `).ReplaceAllString(log, "${1} pop tpops[123]: ")
		if err := os.WriteFile(name, []byte(lines), 0o600); err != nil {
			t.Fatal(err)
		}
		compareBans(t, fail2banBans(t, attackers, "backend = polling\nlogpath = "+name+"\n"), attackers)
	})
	t.Run("journal", func(t *testing.T) {
		name := writeJournal(t, log)
		compareBans(t, fail2banBans(t, attackers, "backend = systemd[journalfiles="+name+"]\n"), attackers)
	})
}

// fail2banBans returns the addresses that a fail2ban of its own bans, which reads the log in
// the backend of the jail. It waits until all attackers are banned.
func fail2banBans(t *testing.T, attackers map[string]bool, backend string) (banned map[string]bool) {
	t.Helper()
	dir := t.TempDir()
	startFail2ban(t, dir, backend)
	isMissing := func(attacker string) bool { return !banned[attacker] }
	wanted := slices.Collect(maps.Keys(attackers))
	for until := time.Now().Add(2 * time.Minute); slices.ContainsFunc(wanted, isMissing) && time.Now().Before(until); time.Sleep(200 * time.Millisecond) {
		banned = readBans(t, filepath.Join(dir, "bans"))
	}
	return banned
}

// startFail2ban starts a fail2ban as it is configured on Debian, with our jail and a file
// jail.local as an operator writes it. It has a socket of its own, and writes the addresses
// that it bans to dir/bans.
func startFail2ban(t *testing.T, dir, backend string) {
	t.Helper()
	config := filepath.Dir(filepath.Dir(installFilter(t)))
	jail, err := os.ReadFile("common/fail2ban-jail.conf")
	if err != nil {
		t.Fatal(err)
	}
	err = os.RemoveAll(filepath.Join(config, "jail.d")) // It has other services.
	for name, content := range map[string]string{
		"jail.d/tpops.conf": string(jail),
		"jail.local":        "[DEFAULT]\nignoreself = false\n[tpops]\nenabled = true\naction = file\n" + backend,
		"fail2ban.local":    "[Definition]\nlogtarget = " + dir + "/fail2ban.log\ndbfile = None\n",
		"action.d/file.conf": "[Definition]\nactionban = echo <ip> >>" + dir + "/bans\n" +
			"actionstart =\nactionstop =\nactioncheck =\nactionunban =\n",
	} {
		err = errors.Join(err, writeBelow(config, name, content))
	}
	if err != nil {
		t.Fatal(err)
	}
	server := exec.Command("fail2ban-server", "-c", config, "-s", dir+"/socket", "-p", dir+"/pid", "-xf", "start")
	var out strings.Builder
	server.Stdout, server.Stderr = &out, &out
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = server.Process.Signal(os.Interrupt) // It may have ended already.
		_ = server.Wait()
		if t.Failed() {
			log, _ := os.ReadFile(dir + "/fail2ban.log") // for the reader of the test's output
			t.Logf("%s%.3000s", out.String(), log)
		}
	})
}

// readBans returns the addresses in a file that may not be there yet.
func readBans(t *testing.T, name string) map[string]bool {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil && !errors.Is(err, os.ErrNotExist) {
		t.Fatal(err)
	}
	all := map[string]bool{}
	for _, address := range strings.Fields(string(text)) {
		all[address] = true
	}
	return all
}

// writeJournal writes a log as a journal file, with the fields that journald adds.
func writeJournal(t *testing.T, log string) (name string) {
	t.Helper()
	var entries strings.Builder
	for line := range strings.Lines(log) {
		stamp, text, _ := strings.Cut(strings.TrimSuffix(line, "\n"), " ")
		at, err := time.Parse(time.RFC3339, stamp)
		if err != nil {
			t.Fatal(err)
		}
		text = strings.TrimPrefix(strings.TrimPrefix(text, "WARN "), "ERROR ") // The journal has a priority instead.
		fmt.Fprintf(&entries, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=%d\n_BOOT_ID=%032x\n_HOSTNAME=pop\n_PID=123\n"+
			"_SYSTEMD_UNIT=tpops.service\n_EXE=/usr/sbin/tpops\nSYSLOG_IDENTIFIER=tpops\nMESSAGE=%s\n\n",
			at.UnixMicro(), at.UnixMicro(), 1, text)
	}
	return journalOf(t, entries.String())
}

// journalOf writes entries, in the form of systemd-journal-remote(8), as a journal file.
func journalOf(t *testing.T, entries string) (name string) {
	t.Helper()
	name = filepath.Join(t.TempDir(), "tpops.journal")
	remote := exec.Command("/lib/systemd/systemd-journal-remote", "--output="+name, "-")
	remote.Stdin = strings.NewReader(entries)
	if out, err := remote.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return name
}
