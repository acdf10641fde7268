package certs

import (
	"strings"
	"testing"

	"tpops/pkg/certs/certstest"
)

// TestAuthoritiesSize checks that all functions that read a file of authorities accept the same
// sizes.
func TestAuthoritiesSize(t *testing.T) {
	f := newFolder(t)
	authority := string(certstest.NewAuthority(t).PEM)
	for name, test := range map[string]struct {
		text string
		want string // of the error
	}{
		"largest":  {authority + strings.Repeat("\n", maxAuthorities-len(authority)), ""},
		"too long": {authority + strings.Repeat("\n", maxAuthorities-len(authority)+1), "longer than"},
		"empty":    {"", "certificate"},
		"no PEM":   {"certificate", "certificate"},
	} {
		path := f.write("authorities.pem", test.text)
		pool, poolErr := Pool(path)
		clients, clientsErr := openAuthorities(path, nil)
		for _, err := range []error{poolErr, clientsErr} {
			if test.want == "" && err != nil || test.want != "" && (err == nil || !strings.Contains(err.Error(), test.want)) {
				t.Errorf("%s: %v, want %q", name, err, test.want)
			}
		}
		if test.want == "" && (poolErr == nil && clientsErr == nil) && !clients.pool.Equal(pool) {
			t.Errorf("%s: the pools differ", name)
		}
		if _, err := Damaged(path); (err != nil) != (name == "too long") {
			t.Errorf("%s: Damaged: %v", name, err)
		}
	}
}
