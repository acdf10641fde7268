package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// inSource makes the current folder a source with this changelog.
func inSource(t *testing.T, changelog string) {
	t.Helper()
	t.Chdir(t.TempDir())
	for name, text := range map[string]string{
		"CHANGELOG.md": changelog,
		"man/a.8":      ".Dd January 1, 2000\n.Dt A 8\n", "man/ja/a.8": ".Dd January 1, 2000\n.Dt A 8\n",
		"packaging/changelog.yaml": "# Newest first.\n- semver: 0.9.0\n  date: 2026-11-23T00:00:00Z\n",
	} {
		if err := os.MkdirAll(filepath.Dir(name), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
	}
}

func text(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// A release has its version and date in all files. A date in the changelog takes
// precedence over that of the commit.
func TestStamp(t *testing.T) {
	const older = "\n## 1.2.2 (2026-10-10)\n\n- Old.\n"
	for heading, want := range map[string]string{
		"## Unreleased":         "December 1, 2026",
		"## 1.2.3":              "December 1, 2026",
		"## 1.2.3 (2026-12-09)": "December 9, 2026",
	} {
		inSource(t, "# Changes\n\n"+heading+"\n\n- New.\n"+older)
		if err := at().stamp(); err != nil {
			t.Fatalf("%s: %v", heading, err)
		}
		for _, page := range []string{"man/a.8", "man/ja/a.8"} {
			if got := text(t, page); got != ".Dd "+want+"\n.Dt A 8\n" {
				t.Errorf("%s: %s is %q", heading, page, got)
			}
		}
		if got := text(t, "packaging/changelog.yaml"); !strings.HasPrefix(got, "# Newest first.\n- semver: 1.2.3\n  date: 2026-12-0") ||
			!strings.HasSuffix(got, "- semver: 0.9.0\n  date: 2026-11-23T00:00:00Z\n") {
			t.Errorf("%s: changelog.yaml is %s", heading, got)
		}
		if got := text(t, versionFile); got != "1.2.3\n" {
			t.Errorf("%s: the version is %q", heading, got)
		}
		var notes bytes.Buffer
		if err := writeNotes(&notes, "1.2.3"); err != nil || notes.String() != "# TPOPS 1.2.3\n\n- New.\n" {
			t.Errorf("%s: notes %q, %v", heading, &notes, err)
		}
	}
}

// What does not describe the version is an error, before a file is changed.
func TestStampErrors(t *testing.T) {
	for _, changelog := range []string{
		"# Changes\n\n## 1.2.2\n\n- Old.\n",
		"# Changes\n\n## 1.2.30\n\n- Another.\n",
		"# Changes\n\n## Unreleased\n\n## 1.2.2\n\n- Old.\n",
		"# Changes\n\n## 1.2.3 (today)\n\n- New.\n",
	} {
		inSource(t, changelog)
		if err := at().stamp(); err == nil {
			t.Errorf("%q is accepted", changelog)
		}
		if got := text(t, "CHANGELOG.md"); got != changelog {
			t.Errorf("%q became %q", changelog, got)
		}
	}
}

// The pages and changelogs of this source can be stamped.
func TestStampThis(t *testing.T) {
	dir := t.TempDir()
	for _, name := range []string{"CHANGELOG.md", "man", "packaging/changelog.yaml"} {
		output(t, "sh", "-c", `cd ../.. && cp -r --parents -t "$1" "$2"`, "sh", dir, name)
	}
	t.Chdir(dir)
	if err := at().stamp(); err != nil {
		t.Error(err)
	}
}
