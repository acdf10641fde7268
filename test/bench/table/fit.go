package table

import (
	"fmt"
	"math"
)

// Fit is the straight line that describes a curve best: Start + Each × n.
type Fit struct {
	Start, Each float64 // in the unit of the curve
	R2          float64 // coefficient of determination: 1 if all points lie on the line
	Residual    float64 // largest distance of a point from the line, as a share of the point
}

// fewest is how many points a line must describe. Through two there is always one.
const fewest = 3

// Fit returns the line through the points of a column, and false with fewer than
// three. The numbers of a curve grow tenfold from point to point, so the distances
// count as shares of the cost: otherwise the last point alone would decide.
func (c *Curve) Fit(column string) (Fit, bool) {
	var xs, ys []float64
	for _, p := range c.Points {
		// A share of nothing cannot be computed.
		if v := p.cell(column); v > 0 && (c.Cached == 0 || p.At <= c.Cached) {
			xs, ys = append(xs, p.At), append(ys, v)
		}
	}
	if len(xs) < fewest {
		return Fit{}, false
	}
	return leastSquares(xs, ys)
}

// leastSquares minimises the sum of the squares of (y - start - each × x) ÷ y. It
// returns false if all x are equal.
func leastSquares(xs, ys []float64) (Fit, bool) {
	var w, wx, wy, wxx, wxy float64
	for i, x := range xs {
		weight := 1 / (ys[i] * ys[i])
		w += weight
		wx += weight * x
		wy += weight * ys[i]
		wxx += weight * x * x
		wxy += weight * x * ys[i]
	}
	d := w*wxx - wx*wx
	if d <= 1e-12*w*wxx {
		return Fit{}, false
	}
	f := Fit{Start: (wxx*wy - wx*wxy) / d, Each: (w*wxy - wx*wy) / d}
	f.judge(xs, ys, wy/w)
	return f, true
}

// judge computes how well the line describes the points, whose weighted mean is
// mean.
func (f *Fit) judge(xs, ys []float64, mean float64) {
	var left, all float64
	for i, y := range ys {
		share := (y - f.At(xs[i])) / y
		left += share * share
		all += (y - mean) * (y - mean) / (y * y)
		f.Residual = max(f.Residual, math.Abs(share))
	}
	f.R2 = 1
	if all > 0 {
		f.R2 = max(0, 1-left/all)
	}
}

// At returns the cost that the line has at a number.
func (f Fit) At(n float64) float64 { return f.Start + f.Each*n }

// Formula returns the line as text, such as "0.25 ms + 1.2 µs × messages".
func (f Fit) Formula(unit, across string) string {
	sign := "+"
	if f.Each < 0 {
		sign = "−"
	}
	each, small := smaller(math.Abs(f.Each), unit)
	return fmt.Sprintf("%s %s %s %s %s × %s", Number(f.Start), unit, sign, Number(each), small, across)
}

// units are the steps to smaller units.
var units = map[string]struct {
	name  string
	times float64
}{
	"ms": {"µs", 1000}, "µs": {"ns", 1000}, "MiB": {"KiB", 1024}, "KiB": {"octets", 1024},
}

// smaller returns a figure in a unit in which it is at least 1, or in the smallest.
func smaller(v float64, unit string) (float64, string) {
	for next, ok := units[unit]; ok && v < 1; next, ok = units[unit] {
		v, unit = v*next.times, next.name
	}
	return v, unit
}

// Fits returns a Markdown table with the line of each column, or nothing if none
// has one.
func (c *Curve) Fits(order []string) string {
	formula := "formula"
	if c.Cached > 0 {
		formula += ", up to " + Count(c.Cached)
	}
	rows := [][]string{{"server", formula, "R²", "largest deviation of a point"}}
	for _, column := range order {
		if f, ok := c.Fit(column); ok {
			rows = append(rows, []string{column, f.Formula(c.Unit, c.Across),
				fmt.Sprintf("%.3f", f.R2), fmt.Sprintf("%.0f %%", 100*f.Residual)})
		}
	}
	if len(rows) == 1 {
		return ""
	}
	return Markdown(rows)
}
