package config

import (
	"bytes"
	"fmt"
	"io"
	"strconv"
	"strings"
)

// WriteSample writes a configuration file with three small configurations and
// every parameter with its default and its meaning, all commented out. A line
// that is uncommented sets the default. It returns the error of w.
func WriteSample(w io.Writer) error {
	var b bytes.Buffer
	writeWrapped(&b, "# ", "Configuration of TPOPS, in TOML. A line that begins with #name is a parameter with its "+
		"default: remove the # to set it. Times are seconds, or text such as \"90s\", \"10m\", \"1h\" or \"7d\". "+
		"The key server in a table [mysql] is the same as mysql-server.", helpWidth)
	writeExamples(&b)
	group := ""
	for _, p := range Params() {
		if p.CommandLine {
			continue
		}
		if p.Group != group {
			group = p.Group
			fmt.Fprintf(&b, "\n# %s %s\n", group, strings.Repeat("-", helpWidth-3-len(group)))
		}
		b.WriteString("\n")
		writeWrapped(&b, "# ", strings.Join(p.Sentences(), " "), helpWidth)
		fmt.Fprintf(&b, "#%s = %s\n", p.Name, p.tomlDefault())
	}
	_, err := w.Write(b.Bytes())
	return err
}

// tomlDefault returns the default in the type that TOML has for it.
func (p *Param) tomlDefault() string {
	if p.Kind == KindSwitch {
		return strconv.FormatBool(p.Default == "yes")
	}
	if _, err := strconv.Atoi(p.Default); err == nil && p.Kind.IsNumber() {
		return p.Default
	}
	if strings.Contains(p.Default, `"`) && !strings.Contains(p.Default, "'") {
		return "'" + p.Default + "'"
	}
	return strconv.Quote(p.Default)
}
