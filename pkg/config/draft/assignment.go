package draft

import (
	"bytes"
	"strconv"
	"strings"

	"github.com/BurntSushi/toml"

	"tpops/pkg/config"
)

// Assignment returns name = value in TOML, with the type of the parameter. A value
// that does not have this type stays text, which the server rejects.
func Assignment(p config.Param, text string) string {
	var value any = text
	if on, isSwitch := SwitchValue(text); isSwitch && p.Kind == config.KindSwitch {
		value = on
	}
	if n, err := strconv.ParseInt(text, 10, 64); err == nil && p.Kind.IsNumber() {
		value = n
	}
	var b bytes.Buffer
	// Encoding a map of one string, number or boolean never fails.
	toml.NewEncoder(&b).Encode(map[string]any{p.Name: value})
	return strings.TrimSuffix(b.String(), "\n")
}

// SwitchValue reads the words that configuration files have for on and off.
func SwitchValue(text string) (on, ok bool) {
	switch strings.ToLower(text) {
	case "yes", "true", "on":
		return true, true
	case "no", "false", "off":
		return false, true
	}
	return false, false
}
