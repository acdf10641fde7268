package corpus

import (
	"bytes"
	"os"
	"path/filepath"
	"reflect"
	"strconv"
	"strings"
	"testing"
)

func TestMessagesAreTheSameForASeed(t *testing.T) {
	one, two, other := Messages(1, 200), Messages(1, 200), Messages(2, 200)
	if len(one) != 200 {
		t.Fatalf("%d messages, want 200", len(one))
	}
	if !reflect.DeepEqual(one, two) {
		t.Error("the same seed made other messages")
	}
	if reflect.DeepEqual(one, other) {
		t.Error("another seed made the same messages")
	}
}

func TestMessagesAreSortedAndUnique(t *testing.T) {
	last, kinds := int64(0), map[string]bool{}
	for _, m := range Messages(1, 200) {
		_, file, _ := strings.Cut(m.Name, "/")
		digits, _, _ := strings.Cut(file, ".")
		n, err := strconv.ParseInt(digits, 10, 64)
		if err != nil || n <= last {
			t.Errorf("%s is out of order", m.Name)
		}
		last = n
		if !strings.HasPrefix(m.Kind, "random") && kinds[m.Kind] {
			t.Errorf("two messages of kind %q", m.Kind)
		}
		kinds[m.Kind] = true
	}
}

func TestWellFormed(t *testing.T) {
	tests := []struct {
		name, data string
		want       bool
	}{
		{"header and body", "Subject: x\nFrom: a\n\nbody\n", true},
		{"CRLF", "Subject: x\r\n\r\nbody\r\n", true},
		{"8-bit", "Subject: ü\n\nü\xff\n", true},
		{"folded", "Subject: x\n\ty\n z\n\nbody\n", true},
		{"no body", "Subject: x\n\n", true},
		{"no blank line", "Subject: x\n", false},
		{"blank line first", "\nSubject: x\n\nbody\n", false},
		{"folded first", " x\nSubject: x\n\nbody\n", false},
		{"no field", "Subject: x\nno field\n\nbody\n", false},
		{"bare CR", "Subject: x\n\na\rb\n", false},
		{"CR CR LF", "Subject: x\n\na\r\r\n", false},
		{"NUL", "Subject: x\n\na\x00b\n", false},
		{"empty", "", false},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			m := Message{Data: []byte(tt.data)}
			if got := m.WellFormed(); got != tt.want {
				t.Errorf("%v, want %v", got, tt.want)
			}
		})
	}
}

func TestWire(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"empty", "", ""},
		{"LF", "a\nb\n", "a\r\nb\r\n"},
		{"CRLF", "a\r\nb\r\n", "a\r\nb\r\n"},
		{"no final newline", "a\nb", "a\r\nb\r\n"},
		{"bare CR", "a\rb\n", "a\rb\r\n"},
		{"CR CR LF", "a\r\r\n", "a\r\r\n"},
		{"CR last", "a\r", "a\r\r\n"},
		{"only LF", "\n\n", "\r\n\r\n"},
		{"dots stay", ".\n..", ".\r\n..\r\n"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(Wire([]byte(tt.data))); got != tt.want {
				t.Errorf("%q, want %q", got, tt.want)
			}
		})
	}
}

func TestWrite(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "Maildir")
	messages := Messages(1, 200)
	if err := Write(dir, messages); err != nil {
		t.Fatal(err)
	}
	for _, m := range messages {
		got, err := os.ReadFile(filepath.Join(dir, m.Name))
		if err != nil || !bytes.Equal(got, m.Data) {
			t.Errorf("%s: %d octets, %v; want %d", m.Name, len(got), err, len(m.Data))
		}
	}
	if _, err := os.Stat(filepath.Join(dir, "tmp")); err != nil {
		t.Error(err)
	}
}
