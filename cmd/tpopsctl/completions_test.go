package main

import (
	"flag"
	"fmt"
	"io"
	"os"
	"regexp"
	"strings"
	"testing"
)

// writeCompletions is the environment variable with which TestCompletions writes the
// files, as make man does.
const writeCompletions = "TPOPS_WRITE_COMPLETIONS"

// The completions in packaging/common are those of the table of subcommands and of the
// help texts.
func TestCompletions(t *testing.T) {
	all := completed(t)
	for name, write := range map[string]func(io.Writer, []completion){"tpopsctl.bash": writeBash, "_tpopsctl": writeZsh, "tpopsctl.fish": writeFish} {
		file := "../../packaging/common/" + name
		var b strings.Builder
		write(&b, all)
		if os.Getenv(writeCompletions) != "" {
			writeTest(t, file, b.String())
			continue
		}
		got, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if string(got) != b.String() {
			t.Errorf("%s is out of date: run make man", file)
		}
	}
}

// completion is a subcommand, with what the files need of it.
type completion struct {
	subcommand
	options []option
	words   []string // possible first operands
	files   bool     // operands are files
}

// option is an option of a subcommand.
type option struct {
	name, letter string
	value        string // as the help names it, "" for a switch
	about        string
	words        []string // possible values
}

// choices has the values of options and the first operands that are one of a few words.
var choices = map[string]string{
	"ban":                  "list add lift show",
	"import --from":        "dovecot courier qmail tpop3d solid-pop3d teapop tpops08 pop3",
	"import --tls":         "no stls implicit",
	"import-config --from": "tpops08 dovecot courier",
	"export --to":          "dovecot courier",
	"setup --users":        "system file mysql",
	"top --sort":           "user address since state octets rate messages",
	"usage --if":           "tls-min-version=1.3 plaintext-login=no sasl-mechanisms=none apop=no",
	"verify --tls":         "no stls implicit",
	"verify --server-tls":  "no stls implicit",
}

// operandFiles matches a synopsis whose operands are files or directories.
var operandFiles = regexp.MustCompile(`MAILDIR|INPUT|OLD NEW`)

// completed returns all subcommands.
func completed(t *testing.T) (all []completion) {
	for _, c := range subcommands() {
		one := completion{subcommand: c, words: strings.Fields(choices[c.name]), files: operandFiles.MatchString(c.synopsis)}
		flags := flag.NewFlagSet(c.name, flag.ContinueOnError)
		c.prepare(flags)
		flags.VisitAll(func(f *flag.Flag) {
			if len(f.Name) > 1 {
				one.options = append(one.options, describe(t, c, f))
			}
		})
		one.options = append(one.options, option{name: "help", about: "print the help"})
		all = append(all, one)
	}
	return all
}

// describe returns an option as the help of its subcommand describes it.
func describe(t *testing.T, c subcommand, f *flag.Flag) option {
	line := regexp.MustCompile(`(?m)^ {2,6}(?:-(\w), )?--` + f.Name + `(?:[ =]([A-Z:|]+))?  +(.*(?:\n {8,}[^ -].*)*)`)
	found := line.FindStringSubmatch(c.help)
	if found == nil {
		t.Fatalf("the help of %s has no line for --%s", c.name, f.Name)
	}
	about := strings.Join(strings.Fields(found[3]), " ")
	about = regexp.MustCompile(`[;.] .*| \(.*|[:;,.]$`).ReplaceAllString(about, "")
	isSwitch, _ := f.Value.(interface{ IsBoolFlag() bool })
	if (isSwitch != nil && isSwitch.IsBoolFlag()) != (found[2] == "") {
		t.Errorf("the help of %s: --%s has a value and must not, or has none", c.name, f.Name)
	}
	return option{f.Name, found[1], found[2], about, strings.Fields(choices[c.name+" --"+f.Name])}
}

// isFile reports whether the value of an option is the name of a file.
func (o option) isFile() bool { return o.value == "FILE" || o.value == "PATH" || o.value == "DIR" }

// writeBash writes the completion for bash.
func writeBash(w io.Writer, all []completion) {
	var names, values, operands strings.Builder
	for _, c := range all {
		names.WriteString(c.name + " ")
		var options strings.Builder
		for _, o := range c.options {
			options.WriteString(" --" + o.name)
			pattern := c.name + ":--" + o.name
			if o.letter != "" {
				options.WriteString(" -" + o.letter)
				pattern += " | " + c.name + ":-" + o.letter
			}
			values.WriteString(bashCase(pattern, o.words, o.isFile()))
		}
		fmt.Fprintf(&operands, "\t%s:-*) words='%s' ;;\n", c.name, options.String()[1:])
		operands.WriteString(bashCase(c.name+":*", c.words, c.files))
	}
	fmt.Fprintf(w, bashFrame, names.String(), values.String(), operands.String())
}

// bashCase returns what completes a word after a pattern, or nothing.
func bashCase(pattern string, words []string, isFile bool) string {
	switch {
	case len(words) > 0:
		return fmt.Sprintf("\t%s) words='%s' ;;\n", pattern, strings.Join(words, " "))
	case isFile:
		return fmt.Sprintf("\t%s)\n\t\t_filedir\n\t\treturn\n\t\t;;\n", pattern)
	}
	return ""
}

const bashFrame = `# bash completion for tpopsctl(8), written by "make man"

_tpopsctl() {
	local cur prev words cword all
	_init_completion || return
	all=("${words[@]}") words=
	if [[ $cword -eq 1 ]]; then
		mapfile -t COMPREPLY < <(compgen -W '%s--help --version' -- "$cur")
		return
	fi
	case ${all[1]}:$prev in
%s	esac
	[[ -n $words ]] || case ${all[1]}:$cur in
%s	esac
	mapfile -t COMPREPLY < <(compgen -W "$words" -- "$cur")
} &&
	complete -F _tpopsctl tpopsctl
`
