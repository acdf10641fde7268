//go:build packages

package packaging

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"tpops/test/daemon"
)

// crowdSec is where packaging/crowdsec.sh unpacks CrowdSec.
const crowdSec = "../.build/crowdsec"

// hub has the parsers and scenarios of the package.
const hub = crowdSec + "/usr/share/crowdsec/hub"

// testCrowdSec checks that the real CrowdSec, with our parser and our scenario, raises an
// alert for each attacker in a log, and for no other address.
func testCrowdSec(t *testing.T, log string, attackers map[string]bool) {
	if out, err := exec.Command("./crowdsec.sh", crowdSec).CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dir := t.TempDir()
	lines := regexp.MustCompile(`(?m)^(\S+) (?:WARN |ERROR )?`).ReplaceAllStringFunc(log, func(stamp string) string {
		at, err := time.Parse(time.RFC3339, strings.Fields(stamp)[0])
		if err != nil {
			t.Error(err)
		}
		return at.Format(time.Stamp) + " pop tpops[123]: " // as journalctl writes it
	})
	if err := os.WriteFile(dir+"/log", []byte(lines), 0o600); err != nil {
		t.Fatal(err)
	}
	compareBans(t, crowdSecAlerts(t, configureCrowdSec(t, dir), dir+"/log"), attackers)
}

// crowdSecAlerts returns the addresses for which a CrowdSec raises an alert.
func crowdSecAlerts(t *testing.T, config, log string) map[string]bool {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 2*time.Minute)
	defer cancel()
	out, err := exec.CommandContext(ctx, crowdSec+"/usr/bin/crowdsec", "-c", config, "-dsn", "file://"+log, "-type", "syslog").CombinedOutput()
	if err != nil {
		t.Errorf("%v\n%.3000s", err, out)
	}
	alerts := map[string]bool{}
	for _, found := range regexp.MustCompile(`Ip (\S+) performed 'tpops/tpops-bf'`).FindAllSubmatch(out, -1) {
		alerts[string(found[1])] = true
	}
	if len(alerts) == 0 {
		t.Logf("%.3000s", out)
	}
	return alerts
}

// configureCrowdSec makes a configuration below dir with our files and those of the package
// that they build on, and returns the name of its main file.
func configureCrowdSec(t *testing.T, dir string) (config string) {
	t.Helper()
	err := os.CopyFS(dir+"/patterns", os.DirFS(crowdSec+"/etc/crowdsec/patterns"))
	for to, from := range map[string]string{
		"parsers/s00-raw/syslog-logs.yaml":         hub + "/parsers/s00-raw/crowdsecurity/syslog-logs.yaml",
		"parsers/s01-parse/tpops.yaml":             "examples/crowdsec-parser.yaml",
		"parsers/s02-enrich/dateparse-enrich.yaml": hub + "/parsers/s02-enrich/crowdsecurity/dateparse-enrich.yaml",
		"acquis.yaml":             crowdSec + "/etc/crowdsec/acquis.yaml",
		"acquis.d/tpops.yaml":     "examples/crowdsec-acquis.yaml",
		"scenarios/tpops-bf.yaml": "examples/crowdsec-scenario.yaml",
	} {
		text, readErr := os.ReadFile(from)
		err = errors.Join(err, readErr, writeBelow(dir, to, string(text)))
	}
	api, freeErr := daemon.FreePort()
	err = errors.Join(err, freeErr,
		writeBelow(dir, "hub/.index.json", `{"parsers": {}, "scenarios": {}, "postoverflows": {}, "collections": {}}`), writeBelow(dir, "data/none", ""), writeBelow(dir, "simulation.yaml", "simulation: false\n"),
		writeBelow(dir, "profiles.yaml", "name: none\nfilters:\n - \"false\"\non_success: break\n"),
		writeBelow(dir, "config.yaml", fmt.Sprintf(crowdSecConfig, dir, api)),
		writeBelow(dir, "credentials.yaml", "url: http://"+api+"\nlogin: test\npassword: test\n"))
	if err != nil {
		t.Fatal(err)
	}
	config = dir + "/config.yaml"
	add := exec.Command(crowdSec+"/usr/bin/cscli", "-c", config, "machines", "add", "test", "--password", "test", "--file", dir+"/credentials.yaml",
		"--url", "http://"+api, "--force")
	check := exec.Command(crowdSec+"/usr/bin/crowdsec", "-c", config, "-t")
	for _, command := range []*exec.Cmd{add, check} {
		if out, err := command.CombinedOutput(); err != nil {
			t.Fatalf("%v\n%s", err, out)
		}
	}
	return config
}

// crowdSecConfig is the main file, for a directory and the address of the local API. No
// server is asked.
const crowdSecConfig = `common: {daemonize: false, log_media: stdout, log_level: info, working_dir: %[1]s}
config_paths:
  config_dir: %[1]s
  data_dir: %[1]s/data
  simulation_path: %[1]s/simulation.yaml
  hub_dir: %[1]s/hub
  index_path: %[1]s/hub/.index.json
crowdsec_service:
  acquisition_path: %[1]s/acquis.yaml
  acquisition_dir: %[1]s/acquis.d
  parser_routines: 1
  buckets_routines: 1
  output_routines: 1
db_config: {type: sqlite, db_path: %[1]s/data/crowdsec.db, log_level: error}
api:
  client: {credentials_path: %[1]s/credentials.yaml}
  server: {listen_uri: %[2]s, profiles_path: %[1]s/profiles.yaml, log_level: error}
prometheus: {enabled: false}
`

// writeBelow writes a file and the directories that contain it.
func writeBelow(dir, name, text string) error {
	path := filepath.Join(dir, name)
	return errors.Join(os.MkdirAll(filepath.Dir(path), 0o700), os.WriteFile(path, []byte(text), 0o600))
}
