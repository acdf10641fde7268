package main

import (
	"bytes"
	"fmt"
	"io"
	"strings"

	"tpops/pkg/config"
)

// values returns the possible values of a parameter, nil if there is no list.
func values(p *config.Param) []string {
	if p.Kind != config.KindChoice && p.Kind != config.KindChoices {
		return nil
	}
	return p.Values
}

// summary returns the first sentence of a parameter's description, on one line.
func summary(p *config.Param) string {
	first, _, _ := strings.Cut(p.Help, ". ")
	return strings.TrimSuffix(first, ".")
}

// writeBash writes the completion for bash. bash-completion loads it by the name of the
// program.
func writeBash(w io.Writer, params []config.Param) error {
	var b, names bytes.Buffer
	b.WriteString("# bash completion for tpops(8)\n\n_tpops() {\n" +
		"\tlocal cur prev words cword split\n" +
		"\t_init_completion -s || return\n" +
		"\tcase $prev in\n")
	for i := range params {
		p := &params[i]
		equals := "="
		if p.Kind == config.KindSwitch {
			equals = ""
		}
		fmt.Fprintf(&names, " --%s%s", p.Name, equals)
		if p.Name == "help" {
			names.WriteString(" --help=all")
		}
		if action := bashAction(p); action != "" {
			fmt.Fprintf(&b, "\t%s)\n\t\t%s\n\t\treturn\n\t\t;;\n", bashPattern(p), action)
		}
	}
	fmt.Fprintf(&b, "\tesac\n\t$split && return\n\tmapfile -t COMPREPLY < <(compgen -W '%s' -- \"$cur\")\n", names.String()[1:])
	b.WriteString("\t[[ ${COMPREPLY-} == *= ]] && compopt -o nospace\n} &&\n\tcomplete -F _tpops tpops\n")
	_, err := w.Write(b.Bytes())
	return err
}

func bashPattern(p *config.Param) string {
	if p.Short != "" {
		return "--" + p.Name + " | -" + p.Short
	}
	return "--" + p.Name
}

// bashAction returns the commands that complete a value. A switch has no value.
func bashAction(p *config.Param) string {
	words := values(p)
	switch {
	case words != nil:
		return fmt.Sprintf(`mapfile -t COMPREPLY < <(compgen -W '%s' -- "$cur")`, strings.Join(words, " "))
	case p.Kind == config.KindPath:
		return "_filedir"
	case p.Kind == config.KindOwner && p.Name == "group":
		return `mapfile -t COMPREPLY < <(compgen -g -- "$cur")`
	case p.Kind == config.KindOwner:
		return `mapfile -t COMPREPLY < <(compgen -u -- "$cur")`
	case p.Kind == config.KindSwitch:
		return ""
	}
	return ":"
}

// writeZsh writes the completion function _tpops for zsh.
func writeZsh(w io.Writer, params []config.Param) error {
	var b bytes.Buffer
	b.WriteString("#compdef tpops\n\n_arguments -s -S \\\n")
	for i := range params {
		p := &params[i]
		about := strings.NewReplacer(`'`, `'\''`, `[`, `\[`, `]`, `\]`, `:`, `\:`).Replace(summary(p))
		if p.Kind == config.KindSwitch {
			fmt.Fprintf(&b, "  '--%s[%s]' \\\n", p.Name, about)
			if p.Name == "help" {
				b.WriteString("  '--help=all[Print all options and exit]' \\\n")
			}
		} else {
			fmt.Fprintf(&b, "  '--%s=[%s]:%s:%s' \\\n", p.Name, about, p.Kind, zshAction(p))
		}
		if p.Short != "" && p.Kind == config.KindSwitch {
			fmt.Fprintf(&b, "  '-%s[%s]' \\\n", p.Short, about)
		} else if p.Short != "" {
			fmt.Fprintf(&b, "  '-%s+[%s]:%s:%s' \\\n", p.Short, about, p.Kind, zshAction(p))
		}
	}
	_, err := w.Write(append(bytes.TrimSuffix(b.Bytes(), []byte(" \\\n")), '\n'))
	return err
}

func zshAction(p *config.Param) string {
	words := values(p)
	switch {
	case words != nil:
		return "(" + strings.Join(words, " ") + ")"
	case p.Kind == config.KindPath:
		return "_files"
	case p.Kind == config.KindOwner && p.Name == "group":
		return "_groups"
	case p.Kind == config.KindOwner:
		return "_users"
	}
	return ""
}

// writeFish writes the completion for fish.
func writeFish(w io.Writer, params []config.Param) error {
	var b bytes.Buffer
	b.WriteString("# fish completion for tpops(8)\ncomplete -c tpops -f\n")
	for i := range params {
		p := &params[i]
		b.WriteString("complete -c tpops -l " + p.Name)
		if p.Short != "" {
			b.WriteString(" -s " + p.Short)
		}
		b.WriteString(fishAction(p))
		about := strings.NewReplacer(`\`, `\\`, `'`, `\'`).Replace(summary(p))
		fmt.Fprintf(&b, " -d '%s'\n", about)
		if p.Name == "help" {
			b.WriteString("complete -c tpops -l help=all -d 'Print all options and exit'\n")
		}
	}
	_, err := w.Write(b.Bytes())
	return err
}

func fishAction(p *config.Param) string {
	words := values(p)
	switch {
	case words != nil:
		return " -x -a '" + strings.Join(words, " ") + "'"
	case p.Kind == config.KindSwitch:
		return ""
	case p.Kind == config.KindPath:
		return " -r -F"
	case p.Kind == config.KindOwner && p.Name == "group":
		return " -x -a '(__fish_complete_groups)'"
	case p.Kind == config.KindOwner:
		return " -x -a '(__fish_complete_users)'"
	}
	return " -x"
}
