package house

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"

	"tpops/pkg/eventlog"
)

// eventMentions are the ways in which tests, manual pages and examples name an
// event. A test that looks for a name that no event has would find nothing, and
// one that expects no such record would always pass.
var eventMentions = []struct {
	files *regexp.Regexp
	name  *regexp.Regexp // with the name as the group
	text  bool           // the first words of a record, and not the name of the event
}{
	{regexp.MustCompile(`^test/.*_test\.go$`), regexp.MustCompile(`\.events\("([\w -]+)"\)`), false},
	{regexp.MustCompile(`^test/.*_test\.go$`), regexp.MustCompile(`Text\("TPOPS_EVENT"\) [!=]= "([\w -]+)"`), false},
	{regexp.MustCompile(`^test/.*_test\.go$`), regexp.MustCompile(`"TPOPS_EVENT=([\w -]+)"`), false},
	{regexp.MustCompile(`^man/.*\.[0-9]$`), regexp.MustCompile(`TPOPS_EVENT=(?:'|\\\(aq)?([A-Za-z -]+?)(?:'|\\\(aq| [A-Z]|\n)`), false},
	{regexp.MustCompile(`^pkg/pop3/testdata/transcripts/`), regexp.MustCompile(`logged .*\bmsg=([a-z]+|"[^"]+")`), true},
	{regexp.MustCompile(`^pkg/.*_test\.go$`), regexp.MustCompile("`[^`]*\\bmsg=([a-z]+|\"[^\"]+\")"), true},
}

// TestHouseEventNames fails for the name of an event that the table of events
// does not have.
func TestHouseEventNames(t *testing.T) {
	events, texts := eventNamesAndTexts()
	found := 0
	root := os.DirFS("../..")
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			if err == nil && strings.HasPrefix(d.Name(), ".") && name != "." {
				return fs.SkipDir
			}
			return err
		}
		for _, mention := range mentionsIn(t, root, name) {
			found++
			if !events[mention.name] && !(mention.text && texts[mention.name]) {
				t.Errorf("%s: there is no event %q", name, mention.name)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if found < 50 {
		t.Errorf("only %d names of events were found", found)
	}
}

// eventNamesAndTexts returns the names of all events, and the first words of all
// their records.
func eventNamesAndTexts() (names, texts map[string]bool) {
	names, texts = map[string]bool{}, map[string]bool{}
	for kind := range eventlog.Kinds() {
		names[kind.Event] = true
		for text := range kind.Texts() {
			texts[text] = true
		}
	}
	return names, texts
}

type mention struct {
	name string
	text bool
}

// mentionsIn returns the names of events in a file.
func mentionsIn(t *testing.T, root fs.FS, file string) []mention {
	t.Helper()
	var all []mention
	var source []byte
	for _, m := range eventMentions {
		if !m.files.MatchString(path.Clean(file)) {
			continue
		}
		if source == nil {
			var err error
			if source, err = fs.ReadFile(root, file); err != nil {
				t.Fatal(err)
			}
		}
		for _, match := range m.name.FindAllSubmatch(source, -1) {
			all = append(all, mention{strings.Trim(string(match[1]), `"`), m.text})
		}
	}
	return all
}
