package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"time"
)

// versionFile makes the source know its version without git, see packaging/version.sh.
const versionFile = "packaging/release.version"

// unreleased is the heading of what comes with the next release.
const unreleased = "## Unreleased\n"

// stamp gives the source in the current folder the version and the date: in the
// headings of CHANGELOG.md, the manual pages, the changelog of the packages and
// versionFile.
func (r release) stamp() error {
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	changed := strings.Replace(string(text), unreleased, "## "+r.version+" ("+r.date.Format(time8601)+")\n", 1)
	if _, err := section(changed, r.version); err != nil {
		return err
	}
	if r.date, err = headingDate(changed, r); err != nil {
		return err
	}
	if err := rewrite("CHANGELOG.md", changed); err != nil {
		return err
	}
	if err := r.stampPages(); err != nil {
		return err
	}
	if err := r.stampPackages(); err != nil {
		return err
	}
	return os.WriteFile(versionFile, []byte(r.version+"\n"), 0o644)
}

const time8601 = "2006-01-02"

// headingDate returns the date in the heading of the version, or else that of the commit.
func headingDate(changelog string, r release) (time.Time, error) {
	match := regexp.MustCompile(`(?m)^## ` + regexp.QuoteMeta(r.version) + ` \((.*)\)$`).FindStringSubmatch(changelog)
	if match == nil {
		return r.date, nil
	}
	date, err := time.Parse(time8601, match[1])
	if err != nil {
		return date, fmt.Errorf("CHANGELOG.md: date of %s: %w", r.version, err)
	}
	return date, nil
}

// pageDate is the line of a manual page that has its date.
var pageDate = regexp.MustCompile(`(?m)^\.Dd .*$`)

// stampPages gives all manual pages the date of the release.
func (r release) stampPages() error {
	pages, err := filepath.Glob("man/*.[578]")
	if err != nil {
		return err
	}
	translated, err := filepath.Glob("man/*/*.[578]")
	if err != nil {
		return err
	}
	for _, page := range append(pages, translated...) {
		text, err := os.ReadFile(page)
		if err != nil {
			return err
		}
		if n := len(pageDate.FindAllString(string(text), -1)); n != 1 {
			return fmt.Errorf("%s: %d lines with .Dd, want 1", page, n)
		}
		if err := rewrite(page, pageDate.ReplaceAllString(string(text), ".Dd "+r.date.Format("January 2, 2006"))); err != nil {
			return err
		}
	}
	return nil
}

// stampPackages adds the version to the changelog of the packages, unless it is there.
func (r release) stampPackages() error {
	const path = "packaging/changelog.yaml"
	text, err := os.ReadFile(path)
	if err != nil {
		return err
	}
	mark := "- semver: "
	comment, entries, found := strings.Cut(string(text), mark)
	if !found {
		return fmt.Errorf("%s has no entry", path)
	}
	if strings.Contains(string(text), mark+r.version+"\n") {
		return nil
	}
	const entry = "- semver: %s\n  date: %s\n  packager: TPOPS maintainers <maintainers@tpops.invalid>\n" +
		"  deb:\n    urgency: medium\n    distributions: [unstable]\n" +
		"  changes:\n    - note: Release %s. The file changelog.gz of the documentation has the changes.\n"
	added := fmt.Sprintf(entry, r.version, r.date.Format("2006-01-02T15:04:05Z"), r.version)
	return rewrite(path, comment+added+mark+entries)
}

// rewrite replaces the content of a file and keeps its mode.
func rewrite(path, text string) error {
	info, err := os.Stat(path)
	if err != nil {
		return err
	}
	return os.WriteFile(path, []byte(text), info.Mode().Perm())
}

// writeNotes prints the section of a version in CHANGELOG.md.
func writeNotes(w io.Writer, version string) error {
	text, err := os.ReadFile("CHANGELOG.md")
	if err != nil {
		return err
	}
	notes, err := section(string(text), version)
	if err != nil {
		return err
	}
	_, err = fmt.Fprintf(w, "# TPOPS %s\n\n%s\n", version, notes)
	return err
}

// section returns the text below the heading of a version in the changelog.
func section(changelog, version string) (string, error) {
	heading := regexp.MustCompile(`(?m)^## ` + regexp.QuoteMeta(version) + `( \(.*\))?\n`)
	at := heading.FindStringIndex(changelog)
	if at == nil {
		return "", fmt.Errorf(`CHANGELOG.md has no heading "## %s" and no %q`, version, strings.TrimSpace(unreleased))
	}
	text, _, _ := strings.Cut(changelog[at[1]:], "\n## ")
	if text = strings.TrimSpace(text); text == "" {
		return "", errors.New("CHANGELOG.md: the section of " + version + " is empty")
	}
	return text, nil
}
