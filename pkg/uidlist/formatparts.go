package uidlist

import (
	"errors"
	"fmt"
	"strconv"
	"strings"
)

// maxWidth is more than a UIDL can have.
const maxWidth = 70

// parseFilters reads a variable of Dovecot 2.4 with its filters: uid | hex(8).
func parseFilters(inside string) (p part, err error) {
	name, filters, _ := strings.Cut(inside, "|")
	if p.variable = variableOf(strings.TrimSpace(name)); p.variable == 0 {
		return p, fmt.Errorf("the variable %q is not supported", name)
	}
	for filter := range strings.SplitSeq(filters, "|") {
		filter = strings.ReplaceAll(filter, " ", "")
		switch filter {
		case "lower":
			p.change = append(p.change, lower)
		case "upper":
			p.change = append(p.change, upper)
		case "hex", "hex()":
			p.change = append(p.change, hexadecimal)
		default:
			width, ok := hexWidth(filter)
			if !ok {
				return p, fmt.Errorf("the filter %q is not supported", filter)
			}
			p.change = append(p.change, hexadecimal, padded(width))
		}
	}
	return p, nil
}

// hexWidth returns the width of the filter hex(WIDTH). One that is too small for
// some numbers is not supported, since Dovecot cuts them.
func hexWidth(filter string) (int, bool) {
	width, isHex := strings.CutPrefix(filter, "hex(")
	width, isClosed := strings.CutSuffix(width, ")")
	n, err := strconv.Atoi(width)
	return n, isHex && isClosed && err == nil && n >= 8 && n <= maxWidth
}

// parseOld reads a variable of Dovecot 2.3 after the percent sign: an offset and
// a dot, a width, modifiers, and the name.
func parseOld(rest string) (p part, after string, err error) {
	width, zero, rest := cutWidth(rest)
	offset := 0
	if strings.HasPrefix(rest, ".") {
		offset = width
		width, zero, rest = cutWidth(rest[1:])
	}
	if width > maxWidth {
		return p, "", fmt.Errorf("the width %d is larger than %d", width, maxWidth)
	}
	for change := modifier(rest); change != nil; change = modifier(rest) {
		p.change = append(p.change, change)
		rest = rest[1:]
	}
	p.change = append(p.change, from(offset))
	if zero {
		p.change = append(p.change, padded(width))
	} else if width > 0 {
		p.change = append(p.change, cut(width))
	}
	return parseName(p, rest)
}

// cutWidth cuts a number of at most four digits off, 0 if there is none. A
// leading zero means that a text is filled with zeros.
func cutWidth(rest string) (n int, zero bool, after string) {
	end := 0
	for end < len(rest) && '0' <= rest[end] && rest[end] <= '9' && end < 4 {
		end++
	}
	n, _ = strconv.Atoi(rest[:end]) // Four digits are a number, and none are 0.
	return n, end > 0 && rest[0] == '0', rest[end:]
}

// parseName reads the name of a variable of Dovecot 2.3: a letter, or a long name
// in braces.
func parseName(p part, rest string) (part, string, error) {
	if rest == "" {
		return p, "", errors.New("it ends within a variable")
	}
	name, after := rest[:1], rest[1:]
	if name == "{" {
		var found bool
		if name, after, found = strings.Cut(after, "}"); !found {
			return p, "", errors.New("a brace is not closed")
		}
		name = strings.TrimSpace(name)
	}
	if p.variable = variableOf(name); p.variable == 0 {
		return p, "", fmt.Errorf("the variable or modifier %q is not supported", name)
	}
	return p, after, nil
}
