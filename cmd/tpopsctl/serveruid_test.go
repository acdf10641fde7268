package main

import (
	"os/user"
	"path/filepath"
	"strings"
	"testing"
)

// The server opens mailboxes that belong to its own user, whatever first-uid is. The tools
// find these too, and not those of the user that runs them.
func TestUsersOfServer(t *testing.T) {
	nobody, err := user.Lookup("nobody")
	if err != nil {
		t.Fatal(err)
	}
	dir := t.TempDir()
	users, config := "", filepath.Join(dir, "c.toml")
	for _, owner := range []string{nobody.Uid, "0", "1"} {
		users += "user" + owner + ":{PLAIN}x:" + owner + ":" + owner + "::" + dir + "::\n"
	}
	writeTest(t, filepath.Join(dir, "users"), users)
	writeTest(t, config, "auth-type = \"passwd-file\"\npasswd-file = \""+dir+"/users\"\nfirst-uid = 100000\nuser = \"nobody\"\n")
	c, err := loadConfig(t.Context(), config, streams{})
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	jobs, err := (&importOptions{users: true, config: config}).usersOf(t.Context(), c.Config, streams{err: &stderr})
	if err != nil || len(jobs) != 1 || jobs[0].Login != "user"+nobody.Uid {
		t.Errorf("%+v, %v", jobs, err)
	}
	if stderr.String() != "users omitted because they cannot log in: 2\n" {
		t.Error(stderr.String())
	}
}
