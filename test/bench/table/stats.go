// Package table holds the figures of a benchmark run: medians, ratios, limits,
// and their forms as Markdown tables and SVG plots. It measures nothing.
package table

import (
	"fmt"
	"math"
	"slices"
	"strconv"
	"strings"
)

// Median returns the middle of the values, or the mean of the two in the middle.
// It returns NaN without values and leaves their order as it is.
func Median(values []float64) float64 {
	if len(values) == 0 {
		return math.NaN()
	}
	sorted := slices.Sorted(slices.Values(values))
	half := len(sorted) / 2
	if len(sorted)%2 == 1 {
		return sorted[half]
	}
	return (sorted[half-1] + sorted[half]) / 2
}

// Spread returns how far the values lie apart: the distance between largest and
// smallest, as a share of the median. It returns 0 if it cannot be computed.
func Spread(values []float64) float64 {
	middle := Median(values)
	if len(values) == 0 || middle == 0 {
		return 0
	}
	return (slices.Max(values) - slices.Min(values)) / math.Abs(middle)
}

// Number formats a figure with three significant digits, without an exponent
// and with a comma between thousands. It returns "–" for NaN.
func Number(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	if math.Abs(v) >= 100 {
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	}
	if v == 0 {
		return "0"
	}
	// The exponent after rounding: 0.9999 is shown as 1.00.
	_, exponent, _ := strings.Cut(strconv.FormatFloat(v, 'e', 2, 64), "e")
	decimal, _ := strconv.Atoi(exponent)
	return strconv.FormatFloat(v, 'f', max(0, min(2-decimal, 4)), 64)
}

// thousands inserts commas into a whole number.
func thousands(text string) string {
	sign := ""
	if text[0] == '-' {
		sign, text = "-", text[1:]
	}
	for at := len(text) - 3; at > 0; at -= 3 {
		text = text[:at] + "," + text[at:]
	}
	return sign + text
}

// Factor formats a ratio, such as "1.5 ×".
func Factor(v float64) string {
	if math.IsNaN(v) || math.IsInf(v, 0) {
		return "–"
	}
	return fmt.Sprintf("%s ×", Number(v))
}

// Count formats a number that was chosen, not measured: with as many digits as it
// has.
func Count(v float64) string {
	if v >= 1000 && v == math.Trunc(v) {
		return thousands(strconv.FormatFloat(v, 'f', 0, 64))
	}
	return strconv.FormatFloat(v, 'g', 6, 64)
}
