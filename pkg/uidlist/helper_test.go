package uidlist

import (
	"errors"
	"strings"
	"testing"
)

func source(text string) Source { return Source{Reader: strings.NewReader(text), Path: "list"} }

func readDovecot(t *testing.T, text string) *Dovecot {
	t.Helper()
	d, err := ReadDovecot(source(text))
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// wantDamage checks that a list is refused with the text.
func wantDamage(t *testing.T, err error, want string) {
	t.Helper()
	var damage *DamageError
	if !errors.As(err, &damage) || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}
