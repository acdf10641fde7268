package maildir

import (
	"testing"
	"time"

	"golang.org/x/sys/unix"
)

func TestDirState(t *testing.T) {
	mtime := time.Date(2006, 1, 2, 3, 4, 5, 6, time.UTC)
	stat := unix.Stat_t{Dev: 1, Ino: 2, Mtim: unix.NsecToTimespec(mtime.UnixNano())}
	other := func(change func(*unix.Stat_t)) unix.Stat_t {
		changed := stat
		change(&changed)
		return changed
	}
	tests := []struct {
		name    string
		scanned time.Duration // after mtime
		later   unix.Stat_t
		want    bool
	}{
		{"unchanged", time.Minute, stat, true},
		{"changed", time.Minute, other(func(s *unix.Stat_t) { s.Mtim.Nsec++ }), false},
		{"another directory", time.Minute, other(func(s *unix.Stat_t) { s.Ino++ }), false},
		{"another file system", time.Minute, other(func(s *unix.Stat_t) { s.Dev++ }), false},
		{"scanned in the tick of the change", 0, stat, false},
		{"scanned just too early", granularity, stat, false},
		{"scanned late enough", granularity + 1, stat, true},
		{"changed in the future", -time.Hour, stat, false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			state := stateOf(stat).seen(mtime.Add(tt.scanned), false)
			if got := state.valid(stateOf(tt.later).seen(mtime.Add(time.Hour), false)); got != tt.want {
				t.Errorf("valid: %v, want %v", got, tt.want)
			}
		})
	}
	missing := dirState{}
	if !missing.valid(dirState{}) || missing.valid(stateOf(stat).seen(mtime.Add(time.Hour), false)) {
		t.Error("a missing directory is unchanged just as long as it is missing")
	}
}
