//go:build packages

package packaging

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// fail2ban and CrowdSec read the journal of the daemon and of the processes of
// tpops-inetd.socket, but not that of a server that a user of the machine runs.
func TestJournalMatch(t *testing.T) {
	var entries strings.Builder
	for i, fields := range []string{
		"_SYSTEMD_UNIT=tpops.service\n_SYSTEMD_SLICE=system.slice",
		"_SYSTEMD_UNIT=tpops-inetd@3-110.service\n_SYSTEMD_SLICE=system-tpops\\x2dinetd.slice",
		"_SYSTEMD_UNIT=user@1000.service\n_SYSTEMD_SLICE=user-1000.slice",
		"_SYSTEMD_UNIT=session-3.scope\n_SYSTEMD_SLICE=user-1000.slice",
	} {
		fmt.Fprintf(&entries, "__REALTIME_TIMESTAMP=%d\n__MONOTONIC_TIMESTAMP=1\n_BOOT_ID=%032x\n_HOSTNAME=pop\n_PID=123\n%s\n_EXE=/usr/sbin/tpops\n"+
			"SYSLOG_IDENTIFIER=tpops\nMESSAGE=login failed session=a remote=192.0.2.%d method=PASS error=\"[AUTH] authentication failed\"\n\n",
			time.Now().UnixMicro(), 1, fields, i+1)
	}
	name := journalOf(t, entries.String())
	want := []string{"192.0.2.1", "192.0.2.2"}
	filter := installFilter(t)
	out, err := exec.Command("fail2ban-regex", "--config", filepath.Dir(filepath.Dir(filter)), "--out", "ip",
		"systemd-journal[journalfiles="+name+"]", filter).Output()
	if got := strings.Fields(string(out)); err != nil || !slices.Equal(got, want) {
		t.Errorf("fail2ban: %q, %v", got, err)
	}
	acquisition, err := os.ReadFile("examples/crowdsec-acquis.yaml")
	if err != nil {
		t.Fatal(err)
	}
	args := []string{"--file=" + name, "--output=cat"}
	for _, item := range regexp.MustCompile(`(?m)^  - (\S+)$`).FindAllStringSubmatch(string(acquisition), -1) {
		args = append(args, item[1])
	}
	out, err = exec.Command("journalctl", args...).Output()
	if got := regexp.MustCompile(`192\.0\.2\.\d`).FindAllString(string(out), -1); err != nil || !slices.Equal(got, want) {
		t.Errorf("CrowdSec: %q, %v", got, err)
	}
}
