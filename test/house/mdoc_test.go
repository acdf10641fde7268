package house

import (
	"regexp"
	"strings"
)

// manPage is a manual page, as far as pages of two languages are comparable.
type manPage struct {
	title    string // of .Dt
	name     string // of .Nm in the section NAME
	sections []manSection
}

// manSection is a .Sh or .Ss up to the next one of either.
type manSection struct {
	level string         // Sh or Ss
	title string         // as on the page
	names map[string]int // such as "Cm tls-cert", with how often it occurs
	links []string       // titles of sections, from .Sx
	refs  []string       // pages, such as tpops.toml(5), from .Xr
	lists []string       // list and display macros, in their order
	lines []string       // commands and examples, without comments
}

// mdocCompared are the macros whose arguments are the same in all languages.
var mdocCompared = map[string]bool{"Cm": true, "Fl": true, "Pa": true, "Ev": true, "Dv": true}

// mdocInline are the macros that may follow another one on its line.
var mdocInline = func() map[string]bool {
	macros := map[string]bool{}
	for macro := range strings.FieldsSeq("Ar Bq Cm Dq Dv Ev Fl Li Lk Nm Ns Op Pa Pc Pf Po Pq Ql Sc So Sq Sx Sy Ta Xr") {
		macros[macro] = true
	}
	return macros
}()

// mdocBlocks are the macros that give a section its form.
var mdocBlocks = map[string]bool{"Pp": true, "Bl": true, "It": true, "El": true, "Bd": true, "Ed": true, "Dl": true}

// trailingComment is a comment at the end of an example.
var trailingComment = regexp.MustCompile(`\s+# .*$`)

// parseManPage reads the source of a page.
func parseManPage(source string) manPage {
	var page manPage
	literal := false
	for line := range strings.Lines(source) {
		line = strings.TrimSuffix(line, "\n")
		macro, rest, _ := strings.Cut(strings.TrimPrefix(line, "."), " ")
		switch {
		case strings.HasPrefix(line, `.\"`):
		case literal && macro != "Ed":
			page.example(line)
		case !strings.HasPrefix(line, "."):
		case macro == "Dt":
			page.title = rest
		case macro == "Sh" || macro == "Ss":
			page.sections = append(page.sections,
				manSection{level: macro, title: plainMdoc(rest), names: map[string]int{}})
		case len(page.sections) > 0:
			literal = macro == "Bd" && strings.Contains(rest, "-literal")
			page.macro(macro, mdocWords(line[1:]))
		}
	}
	return page
}

// plainMdoc removes the escapes that differ without a meaning.
func plainMdoc(text string) string {
	return strings.NewReplacer(`\-`, "-", `\&`, "", `\(dq`, `"`).Replace(text)
}

// mdocWords splits a line at blanks outside quotes.
func mdocWords(line string) []string {
	var words []string
	for i, part := range strings.Split(line, `"`) {
		if i%2 == 1 {
			words = append(words, part)
		} else {
			words = append(words, strings.Fields(part)...)
		}
	}
	return words
}

func (p *manPage) section() *manSection { return &p.sections[len(p.sections)-1] }

// example notes a line of a command or an example.
func (p *manPage) example(line string) {
	s := p.section()
	s.lines = append(s.lines, trailingComment.ReplaceAllString(plainMdoc(line), ""))
}

// macro notes a line that begins with a macro.
func (p *manPage) macro(macro string, words []string) {
	s := p.section()
	if mdocBlocks[macro] {
		s.lists = append(s.lists, macro)
	}
	if macro == "Dl" {
		p.example(strings.Join(words[1:], " "))
		return
	}
	if macro == "Nm" && p.name == "" && len(words) > 1 {
		p.name = words[1]
	}
	current := ""
	for i, word := range words {
		switch {
		case i == 0 || mdocInline[word]:
			current = word
			s.link(word, words[i+1:])
		case mdocCompared[current] && strings.Trim(word, ".,:;()、。") != "":
			s.names[current+" "+plainMdoc(word)]++
		}
	}
}

// link notes the section or page that the words after .Sx or .Xr name.
func (s *manSection) link(macro string, words []string) {
	switch {
	case macro == "Xr" && len(words) > 1:
		page := words[0] + "(" + words[1] + ")"
		s.refs = append(s.refs, page)
		s.names["Xr "+page]++
	case macro == "Sx":
		var title []string
		for _, word := range words {
			if mdocInline[word] || strings.Trim(word, ".,:;)") == "" {
				break
			}
			title = append(title, plainMdoc(word))
		}
		s.links = append(s.links, strings.Join(title, " "))
	}
}
