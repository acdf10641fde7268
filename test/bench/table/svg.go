package table

import (
	"fmt"
	"html"
	"math"
	"strings"
)

const (
	barHeight = 14
	labelLeft = 190 // where the bars begin
	barLength = 420 // of the largest figure of a line
	width     = 760
)

// colours of the columns, in their order: told apart with any eyesight.
func colour(i int) string {
	return [...]string{"#0072b2", "#56b4e9", "#009e73", "#5a7d9a", "#8c8c8c", "#d55e00", "#e69f00", "#cc79a7", "#b58900", "#444444", "#999999"}[i%11]
}

// Bars returns an SVG plot: for each line a title and a horizontal bar for each
// column. The bars of a line are to scale among themselves.
func Bars(lines []*Line, order []string) string {
	var body strings.Builder
	y := 10
	for _, l := range lines {
		y += 22
		text(&body, 8, y, "font-weight='bold'", fmt.Sprintf("%s, %s (%s)", l.Work, l.Unit, better(l)))
		y += 6
		largest := largestOf(l)
		for i, column := range order {
			v, ok := l.Cells[column]
			if !ok {
				continue
			}
			bar(&body, y, colour(i), column, v, largest)
			y += barHeight + 3
		}
	}
	return document(width, y+16, body.String())
}

func better(l *Line) string {
	if l.Higher {
		return "more is better"
	}
	return "less is better"
}

func largestOf(l *Line) float64 {
	largest := 0.0
	for _, v := range l.Cells {
		largest = max(largest, v)
	}
	return largest
}

// bar draws one bar with its name and figure.
func bar(body *strings.Builder, y int, fill, name string, v, largest float64) {
	length := 0.0
	if largest > 0 && v > 0 {
		length = v / largest * barLength
	}
	text(body, 20, y+barHeight-3, "", name)
	fmt.Fprintf(body, "<rect x='%d' y='%d' width='%.1f' height='%d' fill='%s'/>\n", labelLeft, y, max(length, 1), barHeight, fill)
	text(body, labelLeft+int(length)+6, y+barHeight-3, "", Number(v))
}

func text(body *strings.Builder, x, y int, attributes, content string) {
	fmt.Fprintf(body, "<text x='%d' y='%d' %s>%s</text>\n", x, y, attributes, html.EscapeString(content))
}

func document(width, height int, body string) string {
	return fmt.Sprintf("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' font-family='sans-serif' font-size='12'>\n"+
		"<rect width='100%%' height='100%%' fill='white'/>\n%s</svg>\n", width, height, body)
}

// logarithm returns where v lies between low and high on a logarithmic scale:
// 0 to 1.
func logarithm(v, low, high float64) float64 {
	if low <= 0 || high <= low || v <= 0 {
		return 0
	}
	return math.Log(v/low) / math.Log(high/low)
}
