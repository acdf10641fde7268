package table

import (
	"fmt"
	"math"
	"slices"
	"strings"
)

// Curve is how a cost grows with a number, for several servers.
type Curve struct {
	Name   string // of the file with its plot, without a suffix
	Title  string
	Across string  // what the numbers count, such as "messages"
	Unit   string  // of the cost
	Digits bool    // only a table: shares, which have neither a plot nor a line
	Cached float64 // beyond this number mailbox-cache cannot hold all: no point of the line; 0: no bound
	Points []Point
}

// Point is the cost of each column at one number.
type Point struct {
	At    float64
	Cells map[string]float64
}

// Table returns the points as a Markdown table.
func (c *Curve) Table(order []string) string {
	columns := slices.DeleteFunc(slices.Clone(order), func(column string) bool { return !c.has(column) })
	rows := [][]string{append([]string{c.Across}, columns...)}
	for _, p := range c.Points {
		row := []string{Count(p.At)}
		for _, column := range columns {
			row = append(row, blank(Number(p.cell(column))))
		}
		rows = append(rows, row)
	}
	return Markdown(rows)
}

func (c *Curve) has(column string) bool {
	return slices.ContainsFunc(c.Points, func(p Point) bool { _, ok := p.Cells[column]; return ok })
}

func (p Point) cell(column string) float64 {
	if v, ok := p.Cells[column]; ok {
		return v
	}
	return math.NaN()
}

const (
	plotLeft, plotTop     = 70, 40
	plotWidth, plotHeight = 480, 260
	plotBottom            = plotTop + plotHeight
)

// SVG returns the curve as a plot with logarithmic scales.
func (c *Curve) SVG(order []string) string {
	low, high := c.bounds()
	var body strings.Builder
	text(&body, 8, 20, "font-weight='bold'", c.Title+", "+c.Unit)
	fmt.Fprintf(&body, "<rect x='%d' y='%d' width='%d' height='%d' class='frame'/>\n", plotLeft, plotTop, plotWidth, plotHeight)
	for _, p := range c.Points {
		text(&body, int(c.x(p.At)), plotBottom+16, "text-anchor='middle'", Count(p.At))
	}
	text(&body, plotLeft+plotWidth/2, plotBottom+34, "text-anchor='middle'", c.Across)
	for v := low; v <= high*1.001; v *= 10 {
		text(&body, plotLeft-6, int(y(v, low, high))+4, "text-anchor='end'", Count(v))
	}
	shown := 0
	for i, column := range order {
		if c.has(column) {
			c.draw(&body, column, colour(i), low, high)
			legend(&body, plotTop+12+18*shown, colour(i), column)
			shown++
		}
	}
	return document(width, plotBottom+50, body.String())
}

// legend names a colour beside the plot.
func legend(body *strings.Builder, y int, fill, name string) {
	fmt.Fprintf(body, "<rect x='%d' y='%d' width='12' height='12' fill='%s'/>\n", plotLeft+plotWidth+12, y-10, fill)
	text(body, plotLeft+plotWidth+30, y, "", name)
}

// draw draws the points of a column, joined by a line.
func (c *Curve) draw(body *strings.Builder, column, stroke string, low, high float64) {
	var points []string
	for _, p := range c.Points {
		if v, ok := p.Cells[column]; ok {
			x, y := c.x(p.At), y(v, low, high)
			points = append(points, fmt.Sprintf("%.1f,%.1f", x, y))
			fmt.Fprintf(body, "<circle cx='%.1f' cy='%.1f' r='3' fill='%s'/>\n", x, y, stroke)
		}
	}
	fmt.Fprintf(body, "<polyline points='%s' fill='none' stroke='%s' stroke-width='2'/>\n", strings.Join(points, " "), stroke)
}

func (c *Curve) x(at float64) float64 {
	return plotLeft + plotWidth*logarithm(at, c.Points[0].At, c.Points[len(c.Points)-1].At)
}

func y(v, low, high float64) float64 {
	return plotBottom - plotHeight*logarithm(max(v, low), low, high)
}

// bounds returns the powers of ten around all costs.
func (c *Curve) bounds() (low, high float64) {
	low, high = math.Inf(1), 0
	for _, p := range c.Points {
		for _, v := range p.Cells {
			if v > 0 {
				low, high = min(low, v), max(high, v)
			}
		}
	}
	if high == 0 {
		return 1, 10
	}
	low = math.Pow(10, math.Floor(math.Log10(low)))
	return low, max(math.Pow(10, math.Ceil(math.Log10(high))), low*10)
}
