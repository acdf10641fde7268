//go:build integration

package maildir

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/test/fixture"
)

// TestPlantedLinks plants links to a file of root's in the directory of the
// user that the daemon becomes, under the names of files that root opens.
func TestPlantedLinks(t *testing.T) {
	fixture.NeedRoot(t)
	for _, kind := range []string{"thread", "prefork", "fork"} {
		for _, parameter := range []string{"pid-file", "error-log", "access-log"} {
			t.Run(kind+" "+parameter, func(t *testing.T) {
				u := fixture.AddSystemUser(t)
				victim := fixture.Write(t, "victim", "old")
				dir := filepath.Dir(u.Box.Dir)
				fixture.Command(t, "chown", u.Name+":", dir)
				link := filepath.Join(dir, "link")
				if err := os.Symlink(victim, link); err != nil {
					t.Fatal(err)
				}
				code, _, errs := fixture.RunTPOPS(t, "--fg", "--port=127.0.0.1:0", "--parallel-type="+kind, "--user="+u.Name,
					"--group="+strconv.Itoa(u.GID), "--auth-type=passwd-file", "--passwd-file="+fixture.OwnUsers(t, u), "--"+parameter+"="+link)
				if code == 0 || !strings.Contains(errs, "symbolic link") && !strings.Contains(errs, "permission denied") {
					t.Errorf("exit code %d: %s", code, errs)
				}
				if got := fixture.Read(t, victim); got != "old" {
					t.Errorf("the file of root's has %q", got)
				}
			})
		}
	}
}
