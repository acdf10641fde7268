package check

import (
	"os"
	"os/user"
	"path/filepath"
	"strings"
	"testing"

	"tpops/pkg/unit"
)

// TestUnitText checks the temporary unit for the shipped unit and drop-ins.
func TestUnitText(t *testing.T) {
	var files string
	for _, name := range []string{"tpops.service", "examples/vmail.conf", "examples/tls.conf", "examples/logging.conf"} {
		text, err := os.ReadFile("../../systemd/" + name)
		if err != nil {
			t.Fatal(err)
		}
		files += "# " + name + "\n" + string(text) + "\n"
	}
	files += "[Service]\nReadWritePaths=/srv/one \\\n  /srv/two\n; a comment\n"
	got := unitText(unit.Settings(files, "tpops.service"), "/bin/tpops --check-config", "/run/folder")
	for _, line := range []string{
		"User=vmail", "ProtectSystem=strict", "AmbientCapabilities=", "SystemCallFilter=~@privileged", "ReadWritePaths=/srv/one  /srv/two",
		"LoadCredential=tls-cert:/etc/letsencrypt/live/mail.example.org/fullchain.pem",
		"Type=oneshot", "ExecStart=/bin/tpops --check-config", "StandardOutput=truncate:/run/folder/output", "StandardError=truncate:/run/folder/errors", "RemoveIPC=no",
	} {
		if !strings.Contains(got, "\n"+line+"\n") {
			t.Errorf("no line %q in\n%s", line, got)
		}
	}
	for _, part := range []string{
		"ExecReload", "ExecStop", "\nRestart=", "StateDirectory=", "LogsDirectory=", "RuntimeDirectory=", "PartOf", "WantedBy", "LogNamespace",
		"WatchdogSec", "tpops.toml", "FileDescriptorStoreMax", "After=", "Type=notify", "\n#",
	} {
		if strings.Contains(got, part) {
			t.Errorf("%q is in\n%s", part, got)
		}
	}
	if n := strings.Count(got, "ExecStart="); n != 1 {
		t.Errorf("%d commands", n)
	}
}

// TestDirectorySetting checks directories that systemd gives to a service.
func TestDirectorySetting(t *testing.T) {
	path := t.TempDir()
	if got := directorySetting(path, os.Geteuid()); got != "ReadWritePaths=-"+path+"\n" {
		t.Errorf("of the same user: %q", got)
	}
	if got := directorySetting(path, os.Geteuid()+1); got != "TemporaryFileSystem="+path+":mode=1777\n" {
		t.Errorf("of another user: %q", got)
	}
	if got := directorySetting(filepath.Join(path, "missing"), 0); got != "" {
		t.Errorf("missing: %q", got)
	}
}

// TestUIDOf looks up users by name and by number.
func TestUIDOf(t *testing.T) {
	self, err := user.Current()
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]int{self.Username: os.Geteuid(), "2147480000": 2147480000, "nosuchuser": -1} {
		if got := uidOf(name); got != want {
			t.Errorf("%s is %d, want %d", name, got, want)
		}
	}
}

// TestIsCheckOfInstalled checks which options check the installed configuration.
func TestIsCheckOfInstalled(t *testing.T) {
	for args, want := range map[string]bool{
		"": false, "--fg": false, "--check-config --port=110": false, "--check-config --config=/etc/other.toml": false,
		"--config=/etc/tpops/tpops.toml": false, "--check-config": true, "--config=/etc/tpops/tpops.toml --check-config": true,
	} {
		if got := isCheckOfInstalled(strings.Fields(args)); got != want {
			t.Errorf("%q: %v", args, got)
		}
	}
	if IsForUnit([]string{"--fg"}) {
		t.Error("a start of the daemon is a check")
	}
}

// TestNoSystemctl checks that nothing runs without systemctl.
func TestNoSystemctl(t *testing.T) {
	t.Setenv("PATH", t.TempDir())
	if code, _, err := runWithSettingsOf(t.Context(), "tpops.service", nil); code != 0 || err == nil {
		t.Errorf("%d, %v", code, err)
	}
}
