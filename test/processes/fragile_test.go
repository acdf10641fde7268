//go:build integration

package processes

import (
	"os"
	"testing"

	"tpops/pkg/certs/certstest"
	"tpops/test/daemon"
	"tpops/test/fixture"
)

// fragile is a file without which no child can start: the CA certificates for a database.
// Children do without the users and certificates that their parent has read.
type fragile struct {
	t    *testing.T
	file string
}

func newFragile(t *testing.T) *fragile {
	t.Helper()
	return &fragile{t, fixture.Write(t, "ca.pem", string(certstest.NewAuthority(t).PEM))}
}

// params returns parameters, completed with those that use the file. The database does not
// answer: the users are in the passwd-file.
func (f *fragile) params(more ...string) []string {
	return append(more, "--auth-type=passwd-file,mysql", "--mysql-server=127.0.0.1:1", "--mysql-db=tpops", "--mysql-tls=yes", "--mysql-tls-ca="+f.file)
}

func (f *fragile) breakIt() { f.rename(f.file, f.file+".away") }

// mend restores the file and waits until users can log in again.
func (f *fragile) mend(d *daemon.Daemon) {
	f.t.Helper()
	f.rename(f.file+".away", f.file)
	fixture.Eventually(f.t, "a login", func() bool {
		c, err := daemon.Login(d.Addr, fixture.User, fixture.Password)
		if err == nil {
			c.Close()
		}
		return err == nil
	})
}

func (f *fragile) rename(from, to string) {
	f.t.Helper()
	if err := os.Rename(from, to); err != nil {
		f.t.Fatal(err)
	}
}
