package check

import (
	"bytes"
	"errors"
	"io/fs"
	"log/slog"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/pkg/osuser"
	"tpops/pkg/unit"
)

// nobody returns a user that owns nothing. The test needs root.
func nobody(t *testing.T) *osuser.Owner {
	t.Helper()
	if os.Geteuid() != 0 {
		t.Skip("only root can act as another user")
	}
	return &osuser.Owner{UID: 54321, GID: 54321}
}

// TestServiceFiles checks which files are reported that another user cannot use, and how.
func TestServiceFiles(t *testing.T) {
	owner := nobody(t)
	folder, err := os.MkdirTemp("/var/tmp", "tpops-test-") // t.TempDir is below a directory of root alone.
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(folder) })
	put := func(name string, mode os.FileMode) string {
		path := filepath.Join(folder, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte("x\n"), mode), os.Chmod(path, mode)); err != nil {
			t.Fatal(err)
		}
		return path
	}
	if err := os.Chmod(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	readable, secret := put("public.pem", 0o644), put("key.pem", 0o600)
	deep, log := put("closed/deep.pem", 0o644), put("access.log", 0o644)
	closed := filepath.Dir(deep)
	if err := os.Chmod(closed, 0o700); err != nil {
		t.Fatal(err)
	}
	c := load(t, strings.NewReplacer("D", folder).Replace(`auth-type = "mysql"
mysql-db = "mail"
mysql-user = "tpops"
mysql-tls = "yes"
mysql-server = "127.0.0.1"
mysql-passwd-file = "D/key.pem"
mysql-tls-ca = "D/closed/deep.pem"
tls-cert = "D/public.pem"
tls-key = "D/key.pem"
access-log = "D/access.log"
error-log = "D/closed/error.log"
mail-roots = "D,D/closed,D/missing"
pid-file = "D/pid"
control-socket = "/nonexistent/control"
`))
	c.Run.ConfigFile = readable
	var text bytes.Buffer
	(&service{"ann", "tpops.service", owner}).warn(c, slog.New(slog.NewTextHandler(&text, nil)))
	for _, want := range []string{
		"cannot read " + secret + ": permission denied", "parameter=tls-key", "parameter=mysql-passwd-file",
		"parameter=mysql-tls-ca", "cannot read " + deep + ": " + closed + ": permission denied",
		"cannot write " + log, "cannot write " + closed + "/error.log: " + closed + ": permission", "cannot create files in " + folder + ": permission denied", "cannot enter " + closed, "parameter=pid-file",
		"the user ann of tpops.service cannot",
	} {
		if !strings.Contains(text.String(), want) {
			t.Errorf("no %q in\n%s", want, text.String())
		}
	}
	for _, not := range []string{"tls-cert", "missing", "nonexistent", "parameter=config"} {
		if strings.Contains(text.String(), not) {
			t.Errorf("%q in\n%s", not, text.String())
		}
	}
	if n := strings.Count(text.String(), "\n"); n != 7 {
		t.Errorf("%d warnings instead of 7:\n%s", n, text.String())
	}
}

// TestServiceOfUnit checks whose files are checked for a unit.
func TestServiceOfUnit(t *testing.T) {
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	settings := func(text string) []unit.Setting { return unit.Settings("[Service]\n"+text, "tpops.service") }
	for _, text := range []string{"", "User=root\n", "User=ann\nUser=\n"} {
		if s, err := serviceOfUnit("tpops.service", settings(text)); s != nil || err != nil {
			t.Errorf("%q: %+v, %v", text, s, err)
		}
	}
	s, err := serviceOfUnit("tpops.service", settings("User="+"54321\nGroup=54322\nSupplementaryGroups=1\nSupplementaryGroups=\nSupplementaryGroups="+self.Gid+" 7\n"))
	if err != nil || s.owner.UID != 54321 || s.owner.GID != 54322 || len(s.owner.Groups) != 2 || strconv.Itoa(s.owner.Groups[0]) != self.Gid || s.owner.Groups[1] != 7 {
		t.Errorf("%+v, %v", s, err)
	}
	for _, text := range []string{"User=no-such-user\n", "User=54321\nGroup=54321\nSupplementaryGroups=no-such-group\n"} {
		if _, err := serviceOfUnit("tpops.service", settings(text)); err == nil || !strings.HasPrefix(err.Error(), "tpops.service: ") {
			t.Errorf("%q: %v", text, err)
		}
	}
}

// TestServiceTexts checks what the check says of the user.
func TestServiceTexts(t *testing.T) {
	var same *service
	denied := &fs.PathError{Op: "open", Path: "/x", Err: fs.ErrPermission}
	if same.sentence() != "" || same.explain(denied) != error(denied) {
		t.Error("the user of this process")
	}
	parameter := &service{user: "vmail", from: "parameter user"}
	if !strings.Contains(parameter.sentence(), "vmail") || !strings.Contains(parameter.explain(denied).Error(), "runs as the user vmail") ||
		parameter.explain(fs.ErrExist) != fs.ErrExist {
		t.Error(parameter.sentence(), parameter.explain(denied))
	}
	if s := (&service{"tpops", "tpops.service", &osuser.Owner{}}).sentence(); !strings.Contains(s, "but tpops.service runs as the user tpops.\n") {
		t.Error(s)
	}
}
