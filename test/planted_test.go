//go:build integration

package test

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
)

// TestPlantedLinks plants links to a file of root's in the directory of the
// user that the daemon becomes, under the names of files that root opens.
func TestPlantedLinks(t *testing.T) {
	needRoot(t)
	for _, kind := range []string{"thread", "prefork", "fork"} {
		for _, parameter := range []string{"pid-file", "error-log", "access-log"} {
			t.Run(kind+" "+parameter, func(t *testing.T) {
				u := addSystemUser(t)
				victim := write(t, "victim", "old")
				dir := filepath.Dir(u.box.dir)
				command(t, "chown", u.name+":", dir)
				link := filepath.Join(dir, "link")
				if err := os.Symlink(victim, link); err != nil {
					t.Fatal(err)
				}
				code, _, errs := runTPOPS(t, "--fg", "--port=127.0.0.1:0", "--parallel-type="+kind, "--user="+u.name,
					"--group="+strconv.Itoa(u.gid), "--auth-type=passwd-file", "--passwd-file="+ownUsers(t, u), "--"+parameter+"="+link)
				if code == 0 || !strings.Contains(errs, "symbolic link") && !strings.Contains(errs, "permission denied") {
					t.Errorf("exit code %d: %s", code, errs)
				}
				if got := read(t, victim); got != "old" {
					t.Errorf("the file of root's has %q", got)
				}
			})
		}
	}
}
