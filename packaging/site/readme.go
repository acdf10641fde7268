package main

import (
	"html"
	"html/template"
	"regexp"
	"strings"
)

// sections returns the part of README.md before the first heading, under the empty name,
// and the parts below the headings. The title is left out.
func sections(readme string) map[string]string {
	parts := map[string]string{}
	for i, part := range strings.Split("\n"+readme, "\n## ") {
		heading, body, _ := strings.Cut(part, "\n")
		if i == 0 {
			heading, body = "", strings.TrimPrefix(body, "# TPOPS\n")
		}
		parts[heading] = strings.Trim(body, "\n") // A block of code begins with spaces.
	}
	return parts
}

// toHTML returns the HTML of a part of README.md: of paragraphs, lists, tables, images and
// blocks of code. Tables can be scrolled sideways on narrow screens.
func toHTML(markdown string) template.HTML {
	var b strings.Builder
	for block := range strings.SplitSeq(markdown, "\n\n") {
		switch block = strings.Trim(block, "\n"); {
		case block == "", strings.HasPrefix(block, "<!--"):
		case strings.HasPrefix(block, "    "):
			b.WriteString("<pre tabindex=\"0\"><code>" + html.EscapeString(strings.ReplaceAll(block[4:], "\n    ", "\n")) + "</code></pre>\n")
		case strings.HasPrefix(block, "|"):
			b.WriteString(tableHTML(strings.Split(block, "\n")))
		case strings.HasPrefix(block, "- "):
			b.WriteString(listHTML("ul", regexp.MustCompile(`(?m)^- `).Split(block, -1)[1:]))
		case strings.HasPrefix(block, "1. "):
			b.WriteString(listHTML("ol", regexp.MustCompile(`(?m)^\d\. `).Split(block, -1)[1:]))
		default:
			b.WriteString("<p>" + inline(block) + "</p>\n")
		}
	}
	return template.HTML(b.String()) // The text is escaped.
}

// listHTML returns a list.
func listHTML(kind string, items []string) string {
	var b strings.Builder
	b.WriteString("<" + kind + ">\n")
	for _, item := range items {
		b.WriteString("<li>" + inline(strings.TrimSpace(item)) + "</li>\n")
	}
	return b.String() + "</" + kind + ">\n"
}

// tableHTML returns a table. The first line has the titles, the second one nothing.
func tableHTML(lines []string) string {
	var b strings.Builder
	b.WriteString("<div class=\"scroll\" role=\"region\" aria-label=\"comparison\" tabindex=\"0\"><table>\n<thead>" + rowHTML(lines[0], "col") + "</thead>\n<tbody>\n")
	for _, line := range lines[2:] {
		b.WriteString(rowHTML(line, "row"))
	}
	return b.String() + "</tbody>\n</table></div>\n"
}

// cells returns the cells of a line of a table.
func cells(line string) []string {
	found := strings.Split(strings.Trim(line, "|"), "|")
	for i := range found {
		found[i] = strings.TrimSpace(found[i])
	}
	return found
}

// rowHTML returns a row. A title of a column is in the first row, that of a row in its
// first cell.
func rowHTML(line, scope string) string {
	var b strings.Builder
	b.WriteString("<tr>")
	for i, text := range cells(line) {
		switch {
		case text == "":
			b.WriteString("<td></td>")
		case scope == "col" || i == 0:
			b.WriteString("<th scope=\"" + scope + "\">" + inline(text) + "</th>")
		default:
			b.WriteString("<td>" + inline(text) + "</td>")
		}
	}
	return b.String() + "</tr>\n"
}

// marks are what a paragraph has besides text, after it was escaped.
var marks = []struct {
	find *regexp.Regexp
	with string
}{
	{regexp.MustCompile(`!\[([^\]]*)\]\(([^)]*)\)`), `<a class="screen" href="$2"><img src="$2" alt="$1"/></a>`},
	{regexp.MustCompile(`\[([^\]]*)\]\([^)]*\)`), "$1"}, // The page has no other files.
	{regexp.MustCompile("`([^`]*)`"), `<code>$1</code>`},
	{regexp.MustCompile(`\*\*([^*]*)\*\*`), `<strong>$1</strong>`},
}

// inline returns the HTML of a text. Images are in the folder of the page.
func inline(text string) string {
	text = html.EscapeString(text)
	for _, m := range marks {
		text = m.find.ReplaceAllString(text, m.with)
	}
	return strings.ReplaceAll(text, `"packaging/site/screens/`, `"`)
}
