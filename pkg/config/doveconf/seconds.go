package doveconf

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// timePattern is a time as doveconf prints it, such as 3 secs.
var timePattern = regexp.MustCompile(`^([0-9]{1,9}) *([a-z]*)$`)

// timeUnits are the units, with the number of milliseconds. A unit may be abbreviated.
var timeUnits = []struct {
	name         string
	milliseconds int
}{
	{"milliseconds", 1}, {"msecs", 1}, {"seconds", 1000}, {"secs", 1000}, {"minutes", 60_000}, {"mins", 60_000},
	{"hours", 3_600_000}, {"days", 86_400_000}, {"weeks", 604_800_000},
}

// seconds reads a time, rounded up to seconds.
func seconds(text string) (int, error) {
	found := timePattern.FindStringSubmatch(text)
	if found == nil {
		return 0, fmt.Errorf("%.40q is not a time", text)
	}
	n, _ := strconv.Atoi(found[1]) // It has digits only.
	for _, u := range timeUnits {
		if found[2] == "m" {
			return n * 60, nil
		}
		if strings.HasPrefix(u.name, found[2]) && found[2] != "" {
			return (n*u.milliseconds + 999) / 1000, nil
		}
	}
	if found[2] != "" {
		return 0, fmt.Errorf("%.40q is not a time", text)
	}
	return n, nil
}
