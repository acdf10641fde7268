package sd

import (
	"regexp"
	"testing"
)

// FuzzPassed compares with a description of the numbers that are taken.
func FuzzPassed(f *testing.F) {
	f.Add("42", "1")
	f.Add("42", "65536")
	f.Add("42", "65537")
	f.Add("42", "0")
	f.Add("42", "99999999999999999999")
	f.Add("+42", "+3")
	f.Add("43", "nonsense")
	f.Add("", "1")
	f.Add("42 ", "1")
	number := regexp.MustCompile(`^[+-]?[0-9]+$`)
	self := regexp.MustCompile(`^\+?0*42$`)
	count := regexp.MustCompile(`^\+?0*[1-9][0-9]{0,4}$`)
	f.Fuzz(func(t *testing.T, pid, fds string) {
		n, err := passed(pid, fds, 42)
		if n < 0 || n > maxPassed || err != nil && n != 0 {
			t.Fatalf("%d, %v", n, err)
		}
		if n > 0 != (self.MatchString(pid) && fds != "" && err == nil) {
			t.Errorf("%d, %v", n, err)
		}
		if n == 0 && self.MatchString(pid) && count.MatchString(fds) && len(fds) < 5 {
			t.Errorf("%q is refused: %v", fds, err)
		}
		if err == nil && pid != "" && !number.MatchString(pid) {
			t.Errorf("process %q", pid)
		}
	})
}
