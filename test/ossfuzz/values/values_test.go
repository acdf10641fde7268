package values

import (
	"math"
	"reflect"
	"strings"
	"testing"
)

func typesOf(values []any) (types []reflect.Type) {
	for _, v := range values {
		types = append(types, reflect.TypeOf(v))
	}
	return types
}

// TestEncode encodes arguments of each type that Go fuzzes, and decodes them again.
func TestEncode(t *testing.T) {
	for _, arguments := range [][]any{
		{"text"}, {[]byte("\x00\xff")}, {""}, {"first", []byte("second")}, {"first", byte('x')}, {byte(7), "last"},
		{true, false, 'r', int8(-1), int16(-2), int(-3), int64(math.MinInt64), uint16(4), uint(5), uint64(math.MaxUint64), float32(0.5), -1.5},
		{strings.Repeat("x", maxLength), strings.Repeat("y", maxLength+1)},
	} {
		input, err := Encode(arguments)
		if err != nil {
			t.Fatal(err)
		}
		if got := Decode(input, typesOf(arguments)); !reflect.DeepEqual(got, arguments) {
			t.Errorf("%#v, want %#v", got, arguments)
		}
	}
	if _, err := Encode([]any{strings.Repeat("x", maxLength+1), ""}); err == nil {
		t.Error("an argument is too long for its length")
	}
	if _, err := Encode([]any{complex(1, 1)}); err == nil {
		t.Error("a type that Go does not fuzz")
	}
}

// FuzzDecode decodes any input to arguments that give the same arguments again.
func FuzzDecode(f *testing.F) {
	types := typesOf([]any{"", byte(0), []byte{}, int32(0), true, ""})
	f.Add([]byte{})
	f.Add([]byte("\x02\x00ab\x01\xff\xffabc"))
	f.Fuzz(func(t *testing.T, input []byte) {
		arguments := Decode(input, types)
		again, err := Encode(arguments)
		if err != nil {
			t.Skip() // The slice has all of a long input.
		}
		if got := Decode(again, types); !reflect.DeepEqual(got, arguments) {
			t.Errorf("%#v, want %#v", got, arguments)
		}
	})
}

// TestParseFile reads a file of each form, and rejects what go test -fuzz does not write.
func TestParseFile(t *testing.T) {
	want := []any{"a\"\x00", []byte("b\n"), byte('\''), 'ü', int(-1), uint64(math.MaxUint64), true, float64(-0.5), math.Inf(-1)}
	text := fileVersion + "\nstring(\"a\\\"\\x00\")\n[]byte(\"b\\n\")\nbyte('\\'')\nrune('ü')\nint(-1)\nuint64(18446744073709551615)\nbool(true)\nfloat64(-0.5)\nfloat64(-Inf)\n"
	got, err := ParseFile(text, typesOf(want))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%#v, %v", got, err)
	}
	for _, wrong := range []string{"", "go test fuzz v2\nstring(\"\")\n", fileVersion + "\n", fileVersion + "\nstring(\n", fileVersion + "\nstring(a+b)\n", fileVersion + "\nint(1)\n", fileVersion + "\nstring(\"\")\nstring(\"\")\n"} {
		if got, err := ParseFile(wrong, typesOf([]any{""})); err == nil {
			t.Errorf("%q: %#v", wrong, got)
		}
	}
}
