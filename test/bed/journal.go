package bed

import (
	"encoding/json"
	"strings"
	"testing"
)

// Entry is an entry of a journal: its fields as journalctl -o json writes them.
type Entry map[string]any

// Journal returns the entries of the machine's journal that match, as
// _SYSTEMD_UNIT=tpops.service (journalctl(1)), from the first to the last.
func (m *Machine) Journal(tb testing.TB, matches ...string) []Entry {
	tb.Helper()
	m.Run(tb, "journalctl", "--sync")
	command := []string{"journalctl", "--output=json", "--all", "--no-pager", "--quiet", "--no-tail"}
	out := m.Run(tb, append(command, matches...)...)
	var entries []Entry
	for line := range strings.Lines(out) {
		var e Entry
		if err := json.Unmarshal([]byte(line), &e); err != nil {
			tb.Fatalf("journalctl: %v in %s", err, line)
		}
		entries = append(entries, e)
	}
	return entries
}

// Text returns the first value of a field, or nothing if there is none.
func (e Entry) Text(field string) string {
	if values := e.Texts(field); len(values) > 0 {
		return values[0]
	}
	return ""
}

// Texts returns the values of a field, which can have several.
func (e Entry) Texts(field string) []string {
	list, several := e[field].([]any)
	if _, binary := octets(list); !several || binary {
		list = []any{e[field]}
	}
	var texts []string
	for _, value := range list {
		switch v := value.(type) {
		case string:
			texts = append(texts, v)
		case []any:
			if text, ok := octets(v); ok {
				texts = append(texts, text)
			}
		}
	}
	return texts
}

// octets returns a value that is not plain text, which journalctl writes as
// numbers.
func octets(list []any) (string, bool) {
	var text strings.Builder
	for _, value := range list {
		octet, ok := value.(float64)
		if !ok {
			return "", false
		}
		text.WriteByte(byte(octet))
	}
	return text.String(), len(list) > 0
}
