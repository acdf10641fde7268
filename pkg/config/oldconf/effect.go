package oldconf

import (
	"fmt"
	"slices"
	"strings"

	"tpops/pkg/config"
)

// withoutEffect returns why p has no effect with the values of the others, or ""
// if it has an effect.
func (c *converter) withoutEffect(p config.Param) string {
	for _, condition := range p.Only {
		is := c.effective(condition.Name)
		if slices.Contains(condition.Values, is) != condition.Not {
			continue
		}
		if condition.Not {
			return fmt.Sprintf("has no effect with %s = %s", condition.Name, is)
		}
		if !isText(is) {
			is = show(is) // It is rejected at its own line.
		}
		return fmt.Sprintf("has an effect only with %s = %s, but %s is %s",
			condition.Name, strings.Join(condition.Values, " or "), condition.Name, is)
	}
	return ""
}

// effective returns the value that a parameter has in the new file.
func (c *converter) effective(name string) string {
	p := c.today[name]
	if text, ok := c.values[name]; ok {
		return plain(p, text)
	}
	return p.Default
}
