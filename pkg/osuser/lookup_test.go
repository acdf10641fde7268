package osuser

import (
	"os"
	"slices"
	"testing"
)

// Every system has root, uid 0, and a group of the same name and number.
func TestLookup(t *testing.T) {
	own, err := os.Getgroups()
	if err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		name, user, group string
		want              *Owner
		fails             bool
	}{
		{"neither", "", "", nil, false},
		{"name", "root", "", &Owner{UID: 0, GID: 0}, false},
		{"number", "0", "", &Owner{UID: 0, GID: 0}, false},
		{"other group", "root", "61001", &Owner{UID: 0, GID: 61001}, false},
		{"group by name", "61001", "root", &Owner{UID: 61001, GID: 0}, false},
		{"numbers without entries", "61001", "61002", &Owner{UID: 61001, GID: 61002}, false},
		{"number without an entry or group", "61001", "", nil, true},
		{"group only", "", "61001", &Owner{UID: os.Geteuid(), GID: 61001, Groups: own}, false},
		{"unknown name", "no such user", "root", nil, true},
		{"unknown group", "root", "no such group", nil, true},
		{"negative user", "-1", "root", nil, true},
		{"negative group", "root", "-1", nil, true},
		{"too large", "4294967295", "root", nil, true},
		{"wraps to root", "4294967296", "root", nil, true},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := Lookup(tt.user, tt.group)
			if (err != nil) != tt.fails {
				t.Fatalf("Lookup(%q, %q): %v", tt.user, tt.group, err)
			}
			if (got == nil) != (tt.want == nil) {
				t.Fatalf("Lookup(%q, %q) = %v, want %v", tt.user, tt.group, got, tt.want)
			}
			if got == nil {
				return
			}
			if got.UID != tt.want.UID || got.GID != tt.want.GID || slices.Contains(got.Groups, got.GID) {
				t.Errorf("Lookup(%q, %q) = %v, want %v", tt.user, tt.group, *got, *tt.want)
			}
			if tt.user == "" && !slices.Equal(got.Groups, tt.want.Groups) {
				t.Errorf("groups %v, want the process's own %v", got.Groups, tt.want.Groups)
			}
		})
	}
}
