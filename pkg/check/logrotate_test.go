package check

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"tpops/pkg/unit"
)

// TestWarnLogrotate checks the file of the packages for services with its user and with
// other users, and files of operators.
func TestWarnLogrotate(t *testing.T) {
	packaged, err := os.ReadFile("../../packaging/common/logrotate.conf")
	if err != nil {
		t.Fatal(err)
	}
	for name, test := range map[string]struct {
		text, want string
		ids        unit.Identity
	}{
		"other user":     {string(packaged), "sed -i 's/su tpops tpops/su daemon daemon/' ", unit.Identity{User: "daemon"}},
		"other group":    {string(packaged), "sed -i 's/su tpops tpops/su daemon mail/' ", unit.Identity{User: "daemon", Group: "mail"}},
		"root":           {string(packaged), "runs as the user root: logrotate would fail", unit.Identity{}},
		"same user":      {"\tsu daemon adm\n", "", unit.Identity{User: "daemon", Group: "daemon"}},
		"same number":    {"\tsu daemon adm\n", "", unit.Identity{User: strconv.Itoa(uidOf("daemon"))}},
		"without su":     {"# su tpops tpops\n/x {\n}\n", "", unit.Identity{User: "daemon"}},
		"without groups": {"su tpops\n", "", unit.Identity{User: "daemon"}},
	} {
		t.Run(name, func(t *testing.T) {
			path := filepath.Join(t.TempDir(), "tpops")
			if err := os.WriteFile(path, []byte(test.text), 0o600); err != nil {
				t.Fatal(err)
			}
			var out strings.Builder
			warnLogrotate(&out, path, "tpops.service", test.ids)
			if got := out.String(); !strings.Contains(got, test.want) || (got == "") != (test.want == "") {
				t.Errorf("%q", got)
			}
		})
	}
	var out strings.Builder
	warnLogrotate(&out, filepath.Join(t.TempDir(), "missing"), "tpops.service", unit.Identity{User: "daemon"})
	if out.Len() > 0 {
		t.Errorf("without the file: %q", out.String())
	}
}
