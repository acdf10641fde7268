package oldconf

import (
	"strconv"

	"tpops/pkg/config"
	"tpops/pkg/config/draft"
)

// number reads a decimal number, which may begin with zeros.
func number(text string) (int64, bool) {
	n, err := strconv.ParseInt(text, 10, 64)
	return n, err == nil
}

// plain returns a value in the form that conditions compare.
func plain(p config.Param, text string) string {
	on, isSwitch := draft.SwitchValue(text)
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
