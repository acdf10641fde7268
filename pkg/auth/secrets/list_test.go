package secrets

import (
	"bytes"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"github.com/google/go-cmp/cmp"
)

func TestReadList(t *testing.T) {
	long := strings.Repeat("x", maxPassword)
	tests := []struct {
		name, list string
		want       []Entry
		wrongLine  int
	}{
		{"nothing", "", nil, 0},
		{"blank", "alice secret\n", []Entry{{"alice", "secret"}}, 0},
		{"tab", "alice\tsecret\n", []Entry{{"alice", "secret"}}, 0},
		{"several blanks", "alice  \t secret\n", []Entry{{"alice", "secret"}}, 0},
		{"blanks in the password", "alice two words \n", []Entry{{"alice", "two words "}}, 0},
		{"blanks before the password", "alice\t  secret\n", []Entry{{"alice", "  secret"}}, 0},
		{"no line end", "alice secret\nbob hidden", []Entry{{"alice", "secret"}, {"bob", "hidden"}}, 0},
		{"empty lines", "\nalice secret\n\n", []Entry{{"alice", "secret"}}, 0},
		{"8-bit", "andr\xe9 \xff\xfe\n", []Entry{{"andr\xe9", "\xff\xfe"}}, 0},
		{"hash sign", "#alice #secret\n", []Entry{{"#alice", "#secret"}}, 0},
		{"longest password", "alice " + long, []Entry{{"alice", long}}, 0},
		{"the same id twice", "alice a\nalice b\n", []Entry{{"alice", "a"}, {"alice", "b"}}, 0},
		{"no password", "alice a\nbob\n", nil, 2},
		{"only a blank as password", "alice \n", nil, 1},
		{"no id", "alice a\n\n secret\n", nil, 3},
		{"CRLF", "alice secret\r\n", nil, 1},
		{"NUL", "alice sec\x00ret\n", nil, 1},
		{"colon", "al:ice secret\n", nil, 1},
		{"password too long", "alice " + long + "x\n", nil, 1},
		{"id too long", long + " secret\n", nil, 1},
		{"line too long", "alice a\nbob " + strings.Repeat("b", 2*maxLine), nil, 2},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got, err := ReadList(iotest.OneByteReader(strings.NewReader(test.list)))
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Error(diff)
			}
			var wrong *LineError
			switch {
			case test.wrongLine == 0 && err != nil:
				t.Error(err)
			case test.wrongLine != 0 && (!errors.As(err, &wrong) || wrong.Line != test.wrongLine):
				t.Errorf("%v, want line %d", err, test.wrongLine)
			case err != nil && strings.Contains(err.Error(), "ret"):
				t.Errorf("the error contains a password: %v", err)
			}
		})
	}
}

func TestReadListFails(t *testing.T) {
	broken := errors.New("broken")
	if got, err := ReadList(iotest.ErrReader(broken)); got != nil || !errors.Is(err, broken) {
		t.Errorf("%v, %v", got, err)
	}
}

func TestWriteListOmitsInvalid(t *testing.T) {
	var out bytes.Buffer
	err := WriteList(&out, []Entry{{"alice", "a"}, {"b ob", "b"}, {"carol", "c\nmallory\tm"}, {"dave", "d"}})
	if out.String() != "alice\ta\ndave\td\n" {
		t.Errorf("%q", out.String())
	}
	if err == nil || !strings.Contains(err.Error(), `"b ob"`) || !strings.Contains(err.Error(), `"carol"`) || strings.Contains(err.Error(), "mallory") {
		t.Error(err)
	}
}

// TestWriteListKeepsLogin writes logins that begin with U+FEFF, and reads them again. ReadList
// takes it for a byte order mark if it begins the first line.
func TestWriteListKeepsLogin(t *testing.T) {
	marked, plain, invalid := Entry{"\ufeffann", "a"}, Entry{"bob", "b"}, Entry{"", "c"}
	for _, entries := range [][]Entry{{marked}, {marked, plain}, {plain, marked}, {invalid, marked}, {{"\ufeff\ufeffann", "a"}}} {
		var out bytes.Buffer
		_ = WriteList(&out, entries) // The error is of the entry that is invalid.
		again, err := ReadList(&out)
		if want := slices.DeleteFunc(slices.Clone(entries), func(e Entry) bool { return e.Login == "" }); err != nil || !slices.Equal(again, want) {
			t.Errorf("%q, %v, want %q", again, err, want)
		}
	}
}

// FuzzList checks that entries which ReadList accepts are the same after WriteList and
// ReadList.
func FuzzList(f *testing.F) {
	for _, list := range []string{"alice secret\n", "a\t b\n\nc  d", "x \ty\tz \n", "\xff \xfe", "a b\r\n", "a\n"} {
		f.Add(list)
	}
	f.Fuzz(func(t *testing.T, list string) {
		entries, err := ReadList(strings.NewReader(list))
		var wrong *LineError
		if err != nil && !errors.As(err, &wrong) {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := WriteList(&out, entries); err != nil {
			t.Fatal(err)
		}
		again, err := ReadList(&out)
		if err != nil || !slices.Equal(again, entries) {
			t.Errorf("%q, %v, want %q", again, err, entries)
		}
	})
}
