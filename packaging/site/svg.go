package main

import (
	"fmt"
	"html"
	"strings"
)

// The sizes of a screen in the units of the image.
const (
	cellWidth  = 8.0
	rowHeight  = 19.0
	titleSpace = 34.0
	margin     = 16.0
)

// screenStyle has the colors of a screen, for light and dark.
const screenStyle = `
.paper { fill: #fbfbf9; stroke: #c9ccd1 }
.ink { fill: #1f2328 }
.name { fill: #59606a }
@media (prefers-color-scheme: dark) {
.paper { fill: #14181d; stroke: #3a424c }
.ink { fill: #dde3ea }
.name { fill: #9aa4b0 }
}
text { font: 13px ui-monospace, "DejaVu Sans Mono", Menlo, Consolas, monospace; white-space: pre }
.bold { font-weight: bold }
.turned { fill: #fbfbf9 }
@media (prefers-color-scheme: dark) {
.turned { fill: #14181d }
}
`

// drawScreen returns an image of a screen below the command that was typed.
func drawScreen(command string, rows [][]cell) string {
	columns := 0
	for _, row := range rows {
		columns = max(columns, len(row))
	}
	width := 2*margin + cellWidth*float64(columns)
	height := titleSpace + margin + rowHeight*float64(len(rows))
	var b strings.Builder
	fmt.Fprintf(&b, "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 %g %g\" width=\"%g\" height=\"%g\" role=\"img\" aria-label=\"%s\">\n",
		width, height, width, height, html.EscapeString("a terminal with the output of "+command))
	fmt.Fprintf(&b, "<title>%s</title>\n<style>%s</style>\n", html.EscapeString(command), screenStyle)
	fmt.Fprintf(&b, "<rect class=\"paper\" x=\"0.5\" y=\"0.5\" width=\"%g\" height=\"%g\" rx=\"8\"/>\n", width-1, height-1)
	fmt.Fprintf(&b, "<text class=\"name\" x=\"%g\" y=\"22\"># %s</text>\n", margin, html.EscapeString(command))
	for y, row := range rows {
		drawRow(&b, titleSpace+rowHeight*float64(y), row)
	}
	b.WriteString("</svg>\n")
	return b.String()
}

// drawRow draws a row below y: each part with the same attributes at once.
func drawRow(b *strings.Builder, y float64, row []cell) {
	for start := 0; start < len(row); {
		end, first := start+1, row[start]
		for end < len(row) && row[end].bold == first.bold && row[end].reverse == first.reverse {
			end++
		}
		var text strings.Builder
		for _, c := range row[start:end] {
			text.WriteRune(c.char)
		}
		drawPart(b, y, start, first, text.String(), end-start)
		start = end
	}
}

// drawPart draws cells with the same attributes. Its length is fixed, so that columns are
// below each other in any font.
func drawPart(b *strings.Builder, y float64, column int, look cell, text string, cells int) {
	x, length := margin+cellWidth*float64(column), cellWidth*float64(cells)
	class := "ink"
	if look.reverse {
		fmt.Fprintf(b, "<rect class=\"ink\" x=\"%g\" y=\"%g\" width=\"%g\" height=\"%g\"/>\n", x, y, length, rowHeight)
		class = "turned"
	}
	if look.bold {
		class += " bold"
	}
	if strings.TrimSpace(text) == "" {
		return
	}
	fmt.Fprintf(b, "<text class=\"%s\" x=\"%g\" y=\"%g\" textLength=\"%g\" lengthAdjust=\"spacingAndGlyphs\" xml:space=\"preserve\">%s</text>\n",
		class, x, y+14, length, html.EscapeString(text))
}
