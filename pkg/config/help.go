package config

import (
	"bytes"
	"fmt"
	"io"
	"strings"
)

// The layout of the help text, in columns.
const (
	helpWidth  = 80
	helpIndent = 30
)

// WriteHelp writes the text for --help: the most common options, one line each.
// It returns the error of w.
func WriteHelp(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("Usage: tpops [OPTION]...\nPOP3 server for Maildir. Options override the configuration file.\n\n")
	for _, p := range Params() {
		if p.Brief != "" {
			fmt.Fprintf(&b, "%-*s%s\n", helpIndent, p.usage(), p.Brief)
		}
	}
	b.WriteString("\nAll options: --help=all, tpops.toml(5). Manual: tpops(8).\n")
	_, err := w.Write(b.Bytes())
	return err
}

// WriteFullHelp writes the text for --help=all: every parameter with its
// meaning and default, in groups. It returns the error of w.
func WriteFullHelp(w io.Writer) error {
	var b bytes.Buffer
	b.WriteString("Usage: tpops [OPTION]...\nPOP3 server for Maildir.\n\n")
	writeWrapped(&b, "", "Options override the configuration file. All options except those marked * are also allowed in the file, "+
		"under the same name. --sample-config prints a file to start from. A TIME is a number of seconds, or has a unit: 90s, 10m, 1h, 7d. "+
		"A switch without a value means yes.", helpWidth)
	group := ""
	for _, p := range Params() {
		if p.Group != group {
			group = p.Group
			fmt.Fprintf(&b, "\n%s:\n", group)
		}
		writeHelpRow(&b, &p)
	}
	_, err := w.Write(b.Bytes())
	return err
}

// usage returns the option with its short form and a word for its value.
func (p *Param) usage() string {
	if p.Short != "" {
		return "  -" + p.Short + ", --" + p.Name + p.Kind.placeholder()
	}
	return "      --" + p.Name + p.Kind.placeholder()
}

func writeHelpRow(b *bytes.Buffer, p *Param) {
	left := p.usage()
	if p.CommandLine {
		left += " *"
	}
	if len(left) > helpIndent-2 {
		b.WriteString(left + "\n")
		left = ""
	}
	lines := wrap(strings.Join(p.Sentences(), " ")+" "+p.defaultNote(), helpWidth-helpIndent)
	for _, line := range lines {
		fmt.Fprintf(b, "%-*s%s\n", helpIndent, left, line)
		left = ""
	}
}

func (p *Param) defaultNote() string {
	if p.Default == "" {
		return "(default: not set)"
	}
	return "(default: " + p.Default + ")"
}

// placeholder returns what stands for the value in an option.
func (k Kind) placeholder() string {
	if word, ok := map[Kind]string{
		KindSwitch:     "",
		kindCount:      "=N",
		kindDuration:   "=TIME",
		KindPath:       "=FILE",
		KindChoice:     "=WORD",
		KindOwner:      "=NAME|NUMBER",
		kindAddress:    "=[HOST:]PORT",
		KindChoices:    "=WORD,...",
		kindPaths:      "=PATH,...",
		kindNetworks:   "=NETWORK,...",
		kindClearLogin: "=[PORT=]NETWORK,...",
		kindNames:      "=NAME,...",
		kindServers:    "=SERVER,...",
	}[k]; ok {
		return word
	}
	return "=TEXT"
}

func writeWrapped(b *bytes.Buffer, prefix, text string, width int) {
	for _, line := range wrap(text, width-len(prefix)) {
		b.WriteString(prefix + line + "\n")
	}
}

// wrap breaks text between words into lines of at most width characters. A
// longer word stands alone on its line.
func wrap(text string, width int) []string {
	var lines []string
	line := ""
	for word := range strings.FieldsSeq(text) {
		if line != "" && len(line)+1+len(word) > width {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return append(lines, line)
}
