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

// colour returns the colour of a column by its place in the order. Each can be seen
// on white and on black, and neighbours are told apart with any eyesight.
func colour(i int) string {
	return [...]string{"#0a7abf", "#2f9bd6", "#00926b", "#6d8496", "#d55e00", "#b8792a", "#c0589a", "#a3703a", "#808080", "#7a7ad0"}[i%10]
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

// style has text and ground in the colours that the reader's screen has.
const style = "<style>text{fill:#1f2328}.ground{fill:#fff}.frame{fill:none;stroke:#888}" +
	"@media(prefers-color-scheme:dark){text{fill:#e6edf3}.ground{fill:#0d1117}}</style>\n"

func document(width, height int, body string) string {
	return fmt.Sprintf("<svg xmlns='http://www.w3.org/2000/svg' width='%d' height='%d' viewBox='0 0 %d %d' font-family='sans-serif' font-size='12'>\n"+
		style+"<rect width='100%%' height='100%%' class='ground'/>\n%s</svg>\n", width, height, width, height, body)
}

// logarithm returns where v lies between low and high on a logarithmic scale:
// 0 to 1.
func logarithm(v, low, high float64) float64 {
	if low <= 0 || high <= low || v <= 0 {
		return 0
	}
	return math.Log(v/low) / math.Log(high/low)
}
