package house

import (
	"fmt"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"tpops/pkg/config"
)

var releaseVersion = regexp.MustCompile(`^[1-9][0-9]*\.[0-9]+\.[0-9]+$`)

// deprecationComplaints returns what is wrong with the deprecated parameters: UPGRADING.md
// promises that the manual names the replacement and that the change log lists them.
func deprecationComplaints(params []config.Param, changelog string) []string {
	var all []string
	for _, p := range params {
		d := p.Deprecated
		if d == (config.Deprecation{}) {
			continue
		}
		if !releaseVersion.MatchString(d.Since) {
			all = append(all, fmt.Sprintf("%s: %q is not a version", p.Name, d.Since))
		}
		stays := func(q config.Param) bool { return q.Name == d.Replacement && q.Deprecated.Since == "" }
		if d.Replacement != "" && !slices.ContainsFunc(params, stays) {
			all = append(all, fmt.Sprintf("%s: the replacement %q is no parameter that stays", p.Name, d.Replacement))
		}
		if !listedAsDeprecated(changelog, p.Name) {
			all = append(all, p.Name+": CHANGELOG.md does not list it as deprecated")
		}
	}
	return all
}

// listedAsDeprecated reports whether a line of the change log contains the name and the word.
func listedAsDeprecated(changelog, name string) bool {
	for line := range strings.Lines(changelog) {
		if strings.Contains(line, "`"+name+"`") && strings.Contains(line, "deprecated") {
			return true
		}
	}
	return false
}

func TestHouseDeprecated(t *testing.T) {
	changelog, err := os.ReadFile("../../CHANGELOG.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, complaint := range deprecationComplaints(config.Params(), string(changelog)) {
		t.Error(complaint)
	}
}

func TestHouseDeprecationRules(t *testing.T) {
	const listed = "## 1.2.0\n\n- `old` is deprecated: use `new`.\n"
	row := func(name, since, replacement string) config.Param {
		return config.Param{Name: name, Deprecated: config.Deprecation{Since: since, Replacement: replacement}}
	}
	tests := []struct {
		name, changelog string
		params          []config.Param
		want            string
	}{
		{"nothing", "", []config.Param{{Name: "new"}}, ""},
		{"replaced", listed, []config.Param{{Name: "new"}, row("old", "1.2.0", "new")}, ""},
		{"removed", listed, []config.Param{row("old", "1.2.0", "")}, ""},
		{"no version", listed, []config.Param{{Name: "new"}, row("old", "", "new")}, `old: "" is not a version`},
		{"no such parameter", listed, []config.Param{row("old", "1.2.0", "new")}, `old: the replacement "new" is no parameter that stays`},
		{"replaced by itself", listed, []config.Param{row("old", "1.2.0", "old")}, `old: the replacement "old" is no parameter that stays`},
		{"not listed", "- `old` is new.\n- `new` is deprecated.\n", []config.Param{row("old", "1.2.0", "")}, "old: CHANGELOG.md does not list it as deprecated"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := strings.Join(deprecationComplaints(tt.params, tt.changelog), "\n"); got != tt.want {
				t.Errorf("got  %s\nwant %s", got, tt.want)
			}
		})
	}
}
