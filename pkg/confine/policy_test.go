package confine_test

import (
	"math"
	"strings"
	"testing"

	"tpops/pkg/confine"
)

// None of these gets as far as to confine anything.
func TestApplyRefuses(t *testing.T) {
	tests := []struct {
		name   string
		policy confine.Policy
		want   string
	}{
		{"negative uid", confine.Policy{FirstUID: -1}, "out of range"},
		{"uid that means none", confine.Policy{FirstUID: math.MaxUint32}, "out of range"},
		{"gid beyond 32 bits", confine.Policy{FirstUID: 1000, FirstGID: 1 << 32}, "out of range"},
		{"groups without users", confine.Policy{FirstGID: 100}, "FirstGID without FirstUID"},
		{"become and act as", confine.Policy{FirstUID: 1000, Become: true}, "FirstUID and Become"},
		{"become and further", confine.Policy{Further: true, Become: true}, "Further and Become"},
		{"ports and all ports", confine.Policy{Connect: []uint16{3306}, AllTCP: true}, "Connect and AllTCP"},
		{"all files and only some", confine.Policy{AllFiles: true, Only: true}, "paths with AllFiles"},
		{"relative path", confine.Policy{Read: []string{"etc"}}, "not absolute"},
		{"empty path", confine.Policy{Write: []string{""}}, "not absolute"},
		{"everything", confine.Policy{Write: []string{"/"}}, "all files"},
		{"everything, by a link", confine.Policy{Read: []string{"/proc/self/root"}}, "all files"},
		{"everything, by dots", confine.Policy{Read: []string{"/etc/.."}}, "all files"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			report, err := confine.Apply(tt.policy)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("error %v, want %q", err, tt.want)
			}
			if report.Seccomp || report.Landlock > 0 {
				t.Errorf("confined all the same: %v", report)
			}
		})
	}
}

func TestReportString(t *testing.T) {
	tests := []struct {
		name   string
		report confine.Report
		want   string
	}{
		{"all", confine.Report{Landlock: 7, Seccomp: true}, "files by Landlock ABI 7, system calls by seccomp"},
		{"nothing", confine.Report{Open: []string{"files (off)", "system calls (off)"}},
			"files not confined, system calls not confined; not enforced: files (off), system calls (off)"},
		{"missing", confine.Report{Landlock: 2, Seccomp: true, Missing: []string{"lstat /srv/mail: no such file or directory"}},
			"files by Landlock ABI 2, system calls by seccomp; missing: lstat /srv/mail: no such file or directory"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := tt.report.String(); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
