package oldconf

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"tpops/pkg/config"
)

// assignment returns name = value in TOML, with the type of the parameter. A value
// that does not have this type stays text, which the server rejects.
func assignment(p config.Param, text string) string {
	var value any = text
	if on, isSwitch := switchValue(text); isSwitch && p.Kind == config.KindSwitch {
		value = on
	}
	if n, isNumber := number(text); isNumber && p.Kind.IsNumber() {
		value = n
	}
	var b bytes.Buffer
	// Encoding a map of one string, number or boolean never fails.
	toml.NewEncoder(&b).Encode(map[string]any{p.Name: value})
	return strings.TrimSuffix(b.String(), "\n")
}

// number reads a decimal number, which may begin with zeros.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// switchValue reads the words of 0.8 for on and off.
func switchValue(text string) (on, ok bool) {
	switch strings.ToLower(text) {
	case "yes", "true", "on":
		return true, true
	case "no", "false", "off":
		return false, true
	}
	return false, false
}

// plain returns a value in the form that conditions compare.
func plain(p config.Param, text string) string {
	on, isSwitch := switchValue(text)
	n, isNumber := number(text)
	switch {
	case p.Kind == config.KindSwitch && isSwitch && on:
		return "yes"
	case p.Kind == config.KindSwitch && isSwitch:
		return "no"
	case p.Kind.IsNumber() && isNumber:
		return strconv.FormatInt(n, 10)
	}
	return text
}
