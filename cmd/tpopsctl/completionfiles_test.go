package main

import (
	"fmt"
	"io"
	"strings"
)

// writeZsh writes the completion function for zsh.
func writeZsh(w io.Writer, all []completion) {
	quote := strings.NewReplacer(`'`, `'\''`, `[`, `\[`, `]`, `\]`, `:`, `\:`).Replace
	fmt.Fprint(w, "#compdef tpopsctl\n# Written by \"make man\".\n\n_arguments \\\n  '(- *)--help[print the help]' \\\n  '(- *)--version[print the version]' \\\n  '1:subcommand:((")
	for i, c := range all {
		fmt.Fprintf(w, "%s%s\\:\"%s\"", strings.Repeat(" ", min(i, 1)), c.name, quote(c.about))
	}
	fmt.Fprint(w, "))' \\\n  '*::arguments:->arguments'\n\ncase $state in\narguments)\n  case $words[1] in\n")
	for _, c := range all {
		fmt.Fprintf(w, "  %s)\n    _arguments", c.name)
		for _, o := range c.options {
			value, equals := "", ""
			if o.value != "" {
				value, equals = ":"+quote(strings.ToLower(o.value))+":"+zshAction(o.words, o.isFile()), "="
			}
			if o.letter != "" {
				plus := strings.Repeat("+", len(equals))
				fmt.Fprintf(w, " \\\n      '(-%s --%s)'{-%s%s,--%s%s}'[%s]%s'", o.letter, o.name, o.letter, plus, o.name, equals, quote(o.about), value)
				continue
			}
			fmt.Fprintf(w, " \\\n      '--%s%s[%s]%s'", o.name, equals, quote(o.about), value)
		}
		switch {
		case len(c.words) > 0:
			fmt.Fprintf(w, " \\\n      '1:action:%s' \\\n      '*:operand:'", zshAction(c.words, false))
		case c.files:
			fmt.Fprint(w, " \\\n      '*:file:_files'")
		}
		fmt.Fprint(w, "\n    ;;\n")
	}
	fmt.Fprint(w, "  esac\n  ;;\nesac\n")
}

func zshAction(words []string, isFile bool) string {
	switch {
	case len(words) > 0:
		return "(" + strings.Join(words, " ") + ")"
	case isFile:
		return "_files"
	}
	return ""
}

// writeFish writes the completion for fish.
func writeFish(w io.Writer, all []completion) {
	quote := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace
	fmt.Fprint(w, "# fish completion for tpopsctl(8), written by \"make man\"\ncomplete -c tpopsctl -n __fish_use_subcommand -f\n"+
		"complete -c tpopsctl -n __fish_use_subcommand -l help -d 'print the help'\ncomplete -c tpopsctl -n __fish_use_subcommand -l version -d 'print the version'\n")
	for _, c := range all {
		fmt.Fprintf(w, "complete -c tpopsctl -n __fish_use_subcommand -a %s -d '%s'\n", c.name, quote(c.about))
	}
	for _, c := range all {
		seen := fmt.Sprintf("complete -c tpopsctl -n '__fish_seen_subcommand_from %s'", c.name)
		switch {
		case len(c.words) > 0:
			fmt.Fprintf(w, "%s -f -a '%s'\n", seen, strings.Join(c.words, " "))
		case !c.files:
			fmt.Fprintf(w, "%s -f\n", seen)
		}
		for _, o := range c.options {
			fmt.Fprint(w, seen)
			if o.letter != "" {
				fmt.Fprintf(w, " -s %s", o.letter)
			}
			fmt.Fprintf(w, " -l %s%s -d '%s'\n", o.name, fishValue(o), quote(o.about))
		}
	}
}

func fishValue(o option) string {
	switch {
	case len(o.words) > 0:
		return " -x -a '" + strings.Join(o.words, " ") + "'"
	case o.isFile():
		return " -r -F"
	case o.value != "":
		return " -x"
	}
	return ""
}
