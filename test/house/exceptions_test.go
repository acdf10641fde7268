package house

import (
	"fmt"
	"slices"
	"testing"
)

// exceptions maps names that break a rule to the reason why they may.
type exceptions map[string]string

// check returns what is wrong with the names that break a rule: those without an
// exception, and the exceptions that no name needs any longer. An exception
// without a reason is none.
func (e exceptions) check(broken map[string]string) []string {
	var wrong []string
	for name, how := range broken {
		if e[name] == "" {
			wrong = append(wrong, name+": "+how)
		}
	}
	for name := range e {
		if _, needed := broken[name]; !needed {
			wrong = append(wrong, fmt.Sprintf("%s: needs no exception any longer; remove it", name))
		}
	}
	slices.Sort(wrong)
	return wrong
}

func TestHouseExceptionRules(t *testing.T) {
	e := exceptions{"old": "reason", "gone": "reason", "bare": ""}
	got := e.check(map[string]string{"old": "too long", "new": "too long", "bare": "too long"})
	want := []string{"bare: too long", "gone: needs no exception any longer; remove it", "new: too long"}
	if !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
}
