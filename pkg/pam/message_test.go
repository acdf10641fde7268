package pam

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestMessageLimits(t *testing.T) {
	for _, test := range []struct {
		name, text string
		want       error
	}{
		{"whole", `{"ID":1,"Login":"YQ=="}` + "\n", nil},
		{"end", "", io.EOF},
		{"cut off", `{"ID":1}`, io.ErrUnexpectedEOF},
		{"too long", strings.Repeat(" ", maxLine) + "\n", errLong},
		{"no end", strings.Repeat(" ", 2*maxLine), errLong},
	} {
		t.Run(test.name, func(t *testing.T) {
			if err := readMessage(newReader(strings.NewReader(test.text)), new(Request)); !errors.Is(err, test.want) {
				t.Errorf("%v, want %v", err, test.want)
			}
		})
	}
	err := readMessage(newReader(strings.NewReader("{s3cret}\n")), new(Request))
	if err == nil || strings.Contains(err.Error(), "s3cret") {
		t.Errorf("no message: %v", err)
	}
}

// Any line is either rejected or an answer that can be written and read again unchanged.
func FuzzAnswer(f *testing.F) {
	f.Add([]byte(`{"ID":1,"Outcome":"admitted","Text":"","User":{"Name":"ann","UID":1000,"GID":1000,"Groups":[50],"Home":"/home/ann"}}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		a := new(Answer)
		if readMessage(newReader(bytes.NewReader(append(line, '\n'))), a) != nil {
			return
		}
		var out bytes.Buffer
		if err := WriteAnswer(&out, a); err != nil {
			if errors.Is(err, errLong) {
				return // Escapes may be longer than the octets they encode.
			}
			t.Fatal(err)
		}
		again := new(Answer)
		if err := readMessage(newReader(&out), again); err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(a, again); diff != "" {
			t.Error(diff)
		}
	})
}

// All octets of a request arrive unchanged.
func TestRequestIsOctets(t *testing.T) {
	want := &Request{ID: 9, Service: "tpops", Login: []byte("a\xff\x01é"), Password: []byte("\xfe \n\"")}
	var out bytes.Buffer
	if err := writeMessage(&out, want); err != nil {
		t.Fatal(err)
	}
	got, err := ReadRequest(&out)
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Error(diff, err)
	}
}
