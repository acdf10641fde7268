package eventlog

import (
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/google/go-cmp/cmp"
)

func TestBounded(t *testing.T) {
	tests := []struct{ name, key, text, want string }{
		{"short", "user", "mrose", "mrose"},
		{"maximum length", "user", strings.Repeat("x", maxValue), strings.Repeat("x", maxValue)},
		{"longer", "user", strings.Repeat("x", maxValue+1), strings.Repeat("x", maxValue-3) + "..."},
		{"an error may be longer", "error", strings.Repeat("x", maxError), strings.Repeat("x", maxError)},
		{"error", "error", strings.Repeat("x", maxError+1), strings.Repeat("x", maxError-3) + "..."},
		{"truncated within a character", "user", "x" + strings.Repeat("é", maxValue), "x" + strings.Repeat("é", 510) + "..."},
		{"truncated after a character", "user", strings.Repeat("é", maxValue), strings.Repeat("é", 510) + "..."},
		{"not text", "user", strings.Repeat("\x80", 2000), strings.Repeat("\x80", maxValue-3) + "..."},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := bounded(test.key, test.text); got != test.want {
				t.Errorf("%d octets %.20q, want %d", len(got), got, len(test.want))
			}
		})
	}
}

// unescape is the reverse of appendEscaped. It was written from its description.
func unescape(text string) string {
	var b []byte
	for i := 0; i < len(text); i++ {
		if text[i] != '\\' {
			b = append(b, text[i])
			continue
		}
		i++
		switch text[i] {
		case 'n':
			b = append(b, '\n')
		case 't':
			b = append(b, '\t')
		case 'r':
			b = append(b, '\r')
		case '\\':
			b = append(b, '\\')
		default:
			var c byte
			fmt.Sscanf(text[i+1:i+3], "%x", &c)
			b = append(b, c)
			i += 2
		}
	}
	return string(b)
}

// For any data of a client, a record has the right fields, in printable characters, from
// which the value can be recovered.
func FuzzFields(f *testing.F) {
	f.Add("mrose", "no such user")
	f.Add("a\nTPOPS_USER=root", "\x00\xff\\x41\\")
	f.Add("m\u00fcller\u202e", "\r\n")
	f.Fuzz(func(t *testing.T, user, reason string) {
		var s scratch
		r := slog.NewRecord(time.Now(), slog.LevelInfo, "login failed", 0)
		r.AddAttrs(slog.String("user", user), slog.Any("error", errors.New(reason)))
		s.encode(&r, nil, true)
		got, err := decode(s.fields)
		if err != nil {
			t.Fatal(err)
		}
		want := map[string]string{"TPOPS_USER": bounded("user", user), "TPOPS_ERROR": bounded("error", reason)}
		for name, value := range got {
			if !utf8.ValidString(value) || strings.ContainsFunc(value, func(r rune) bool { return !unicode.IsPrint(r) }) {
				t.Fatalf("%s=%q is not printable", name, value)
			}
			got[name] = unescape(value)
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Fatalf("-want +got\n%s", diff)
		}
	})
}

func FuzzFieldName(f *testing.F) {
	f.Add("user")
	f.Add("a\n=" + strings.Repeat("x", 70))
	f.Fuzz(func(t *testing.T, key string) {
		name := fieldName(key)
		ok := name != "" && len(name) <= 64 && (strings.HasPrefix(name, "TPOPS_") || name == "ERRNO")
		if !ok || strings.Trim(name, "ABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_") != "" {
			t.Fatalf("%q: %q", key, name)
		}
	})
}

// Durations are plain ASCII in one of two units, for any value.
func TestDurations(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                     "0ms",
		4 * time.Microsecond:                  "0ms",
		616 * time.Microsecond:                "0.6ms",
		12345 * time.Microsecond:              "12.3ms",
		999949 * time.Microsecond:             "999.9ms",
		999950 * time.Microsecond:             "1s",
		time.Second + 500*time.Millisecond:    "1.5s",
		time.Second + 234567*time.Microsecond: "1.235s",
		90 * time.Second:                      "90s",
		-2 * time.Millisecond:                 "-2ms",
		26 * time.Hour:                        "93600s",
	} {
		if got := string(appendText(nil, slog.Duration("duration", d))); got != " duration="+want {
			t.Errorf("%v: %q", d, got)
		}
	}
}
