package uidlist

import (
	"cmp"
	"fmt"
	"math"
	"strings"
	"time"
)

// Encode returns the list as Courier writes it: version 3. Entries whose UIDL is
// the file name are kept so. It returns an error if a name cannot be in the file
// or if no next number is known.
func (c *Courier) Encode() ([]byte, error) {
	if c.NextUID == 0 {
		return nil, fmt.Errorf("%s: a list needs the next number", c.path)
	}
	text := fmt.Appendf(nil, "/%d %d %d\n", courierVersion, c.NextUID, c.UIDValidity)
	for _, e := range c.Entries {
		if !IsListable(e.Unique()) || strings.ContainsAny(e.Name, "/\r\n\x00") || len(e.Name) > maxLine/2 || e.Octets < 0 {
			return nil, fmt.Errorf("%s: the file name %q cannot be in the list", c.path, e.Name)
		}
		utf8 := 0
		if e.UTF8 {
			utf8 = 1
		}
		text = fmt.Appendf(text, "%s %d %d:%d:%d\n", e.Name, e.Octets, e.UID, e.UIDValidity, utf8)
	}
	return text, nil
}

// CompareCourier compares file names as Courier orders messages, listed or new:
// by the number with which the names begin, then by their octets up to the first
// colon.
func CompareCourier(a, b string) int {
	return cmp.Or(cmp.Compare(atol(a), atol(b)), compareBase(uniqueName(a), uniqueName(b)))
}

// atol returns the number with which a text begins as the function of C does:
// after white space, with a sign, the largest one if it does not fit.
func atol(text string) int64 {
	text = strings.TrimLeft(text, " \t\n\v\f\r")
	negative := strings.HasPrefix(text, "-")
	if negative || strings.HasPrefix(text, "+") {
		text = text[1:]
	}
	var n int64
	for i := 0; i < len(text) && '0' <= text[i] && text[i] <= '9'; i++ {
		digit := int64(text[i] - '0')
		if n > (math.MaxInt64-digit)/10 {
			if negative {
				return math.MinInt64
			}
			return math.MaxInt64
		}
		n = n*10 + digit
	}
	if negative {
		return -n
	}
	return n
}

// NewCourier returns a list without messages, as Courier makes it: with the time
// as the second number of the messages to come.
func NewCourier(now time.Time) *Courier {
	return &Courier{Version: courierVersion, NextUID: 1, UIDValidity: uint64(max(now.Unix(), 1)), path: CourierName}
}
