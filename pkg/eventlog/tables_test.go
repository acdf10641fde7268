package eventlog

import (
	"bufio"
	"log/slog"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"
)

func TestKinds(t *testing.T) {
	id := regexp.MustCompile(`^[0-9a-f]{12}4[0-9a-f]{3}[89ab][0-9a-f]{15}$`) // a random UUID, as systemd-id128 creates them
	ids, events, texts := map[string]bool{}, map[string]bool{}, map[string]bool{}
	for k := range Kinds() {
		if !id.MatchString(k.ID) || ids[k.ID] || events[k.Event] {
			t.Errorf("%s: %s is not an id, or occurs twice", k.Event, k.ID)
		}
		ids[k.ID], events[k.Event] = true, true
		if len(k.Levels) == 0 || !strings.HasSuffix(k.Meaning.English, ".") || !strings.HasSuffix(k.Meaning.Japanese, "。") {
			t.Errorf("%s: no level or no meaning", k.Event)
		}
		for text := range k.Texts() {
			if texts[text] || needsQuotes(strings.Map(plainText, text)) {
				t.Errorf("%s: %q occurs twice or is not plain text", k.Event, text)
			}
			texts[text] = true
		}
		keys := strings.Fields(k.always + " " + k.often)
		for i, key := range keys {
			if fieldNames[key] == "" || slices.Contains(keys[:i], key) {
				t.Errorf("%s: %s is not a field, or occurs twice", k.Event, key)
			}
		}
	}
}

// plainText removes the characters between words.
func plainText(r rune) rune {
	if strings.ContainsRune(" ,;:'-", r) {
		return -1
	}
	return r
}

func TestFields(t *testing.T) {
	keys, names := map[string]bool{}, map[string]bool{}
	for f := range commonFields() {
		names[f.Name] = true
	}
	for f := range Fields() {
		if keys[f.Key] || names[f.Name] || f.Meaning.English == "" || f.Meaning.Japanese == "" {
			t.Errorf("%s: occurs twice, or has no meaning", f.Key)
		}
		keys[f.Key], names[f.Name] = true, true
		if name := fieldName(f.Key); name != f.Name || !regexp.MustCompile(`^(TPOPS_[A-Z_]+|ERRNO)$`).MatchString(name) {
			t.Errorf("%s: %s", f.Key, name)
		}
	}
	used := map[string]bool{}
	for k := range Kinds() {
		for f := range k.Always() {
			used[f.Key] = true
		}
		for f := range k.Often() {
			used[f.Key] = true
		}
	}
	for key := range keys {
		if !used[key] {
			t.Errorf("%s: no kind has it", key)
		}
	}
}

// Callers may change the returned kinds without changing the table.
func TestKindsAreCopies(t *testing.T) {
	for k := range Kinds() {
		k.ID, k.Event = "", ""
	}
	if kinds[0].ID == "" || kindOf["login"].Event != "login" {
		t.Error("changed")
	}
}

// catalogEntry is the entry of a catalog for an id.
type catalogEntry struct {
	header map[string]string
	text   string
}

// readCatalog reads a message catalog in the form of catalog files in systemd:
// an empty line, one with the id, lines of headers, an empty line, text.
func readCatalog(t *testing.T, name string) map[string]catalogEntry {
	t.Helper()
	text, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	catalog := map[string]catalogEntry{}
	for _, part := range strings.Split(string(text), "\n\n-- ")[1:] {
		head, body, ok := strings.Cut(part, "\n\n")
		lines := bufio.NewScanner(strings.NewReader(head))
		lines.Scan()
		id := lines.Text()
		if _, twice := catalog[id]; twice || !ok {
			t.Errorf("%s: %s occurs twice or has no text", name, id)
		}
		e := catalogEntry{map[string]string{}, strings.TrimSpace(body)}
		for lines.Scan() {
			key, value, _ := strings.Cut(lines.Text(), ": ")
			e.header[key] = value
		}
		catalog[id] = e
	}
	return catalog
}

// Each kind has one entry in each catalog. The entry uses only fields that each record
// has.
func TestCatalogs(t *testing.T) {
	placeholder := regexp.MustCompile(`@([^@ \n]*)@`)
	for _, name := range []string{"tpops.catalog", "tpops.ja.catalog"} {
		catalog := readCatalog(t, "../../systemd/"+name)
		for k := range Kinds() {
			e, ok := catalog[k.ID]
			delete(catalog, k.ID)
			if !ok || e.header["Subject"] == "" || e.header["Defined-By"] != "TPOPS" || e.header["Documentation"] == "" || len(e.text) < 80 {
				t.Errorf("%s: no complete entry for %s, %s", name, k.ID, k.Event)
			}
			have := map[string]bool{"MESSAGE": true, "TPOPS_EVENT": true}
			for f := range k.Always() {
				have[f.Name] = true
			}
			for _, p := range placeholder.FindAllStringSubmatch(e.header["Subject"]+e.text, -1) {
				if !have[p[1]] {
					t.Errorf("%s: %s: some records have no %s", name, k.Event, p[1])
				}
			}
		}
		for id := range catalog {
			t.Errorf("%s: %s is not the id of a kind", name, id)
		}
	}
}

// A command of a catalog is copied to the shell of root. It has no field whose text a client
// or the owner of a mailbox chooses: a file name such as $(reboot) is a legal UIDL. The command
// of TPOPS_FIX is quoted. Where the operator has to write such a text in single quotes, the entry
// explains how to write a quote in it: x';reboot;' is a legal UIDL too.
func TestCatalogCommands(t *testing.T) {
	command := regexp.MustCompile(`(?m)(?:^|: )((?:journalctl|tpopsctl) .*)$`)
	placeholder := regexp.MustCompile(`@([^@ \n]*)@`)
	written := regexp.MustCompile(`'[A-Z]+'`)
	commands := 0
	for k := range Kinds() {
		for _, text := range []string{k.Explanation.English, k.Explanation.Japanese} {
			for _, c := range command.FindAllStringSubmatch(text, -1) {
				commands++
				if written.MatchString(c[1]) && !strings.Contains(text, `'\''`) {
					t.Errorf("%s: %s: the text does not explain quotes", k.Event, c[1])
				}
				for _, p := range placeholder.FindAllStringSubmatch(c[1], -1) {
					if !slices.Contains([]string{"TPOPS_SESSION", "TPOPS_NETWORK"}, p[1]) {
						t.Errorf("%s: %s", k.Event, c[1])
					}
				}
			}
		}
	}
	if commands == 0 {
		t.Error("no catalog has a command")
	}
}

func TestPriority(t *testing.T) {
	for level, want := range map[slog.Level]int{
		slog.LevelDebug - 1: 7, slog.LevelDebug: 7, slog.LevelInfo: 6, slog.LevelWarn: 4, slog.LevelError: 3, slog.LevelError + 4: 3,
	} {
		if got := Priority(level); got != want {
			t.Errorf("%v: %d, want %d", level, got, want)
		}
	}
}
