package main

import "strconv"

// amount returns a number with what it counts, whose plural ends in s.
func amount(n int, singular string) string {
	if n == 1 {
		return "1 " + singular
	}
	return strconv.Itoa(n) + " " + singular + "s"
}
