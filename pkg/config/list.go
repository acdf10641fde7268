package config

import (
	"errors"
	"fmt"
	"slices"
	"strings"
)

// choices is a list of some of values. The order matters.
func choices(p *[]string, values ...string) value {
	v := field(KindChoices, p, func(s string) ([]string, error) {
		var list []string
		for one := range strings.SplitSeq(s, ",") {
			one = strings.TrimSpace(one)
			switch {
			case !slices.Contains(values, one):
				return nil, fmt.Errorf("must be %s, or several of them separated by commas, not %s", orList(values), show(s))
			case slices.Contains(list, one):
				return nil, fmt.Errorf("contains %s twice", one)
			}
			list = append(list, one)
		}
		return list, nil
	}, func(list []string) string { return strings.Join(list, ",") })
	v.values = values
	return v
}

// isList reports whether a value may have several parts, separated by commas.
func (k Kind) isList() bool {
	return k == KindChoices || k == kindServers || k == kindPaths || k == kindNetworks
}

// listText returns an array of texts in the form of the command line.
func listText(array []any) (string, error) {
	words := make([]string, len(array))
	for i, one := range array {
		word, ok := one.(string)
		if !ok || strings.Contains(word, ",") {
			return "", errors.New("must be a list of texts in quotes without commas")
		}
		words[i] = word
	}
	if len(words) == 0 {
		return "", errors.New("must not be an empty list")
	}
	return strings.Join(words, ","), nil
}
