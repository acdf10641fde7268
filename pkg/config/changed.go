package config

// Changed returns the rows of the parameters whose values differ between two
// configurations. Those with Restart are not applied by a reload. A secret counts,
// the name of its file does not.
func Changed(before, after *Config) []Param {
	var changed []Param
	now := after.table()
	for i, p := range before.table() {
		if p.value.text() != now[i].value.text() {
			changed = append(changed, p)
		}
	}
	return changed
}

// KeepRestart copies to c, which Load returned for a reload, the values of running
// for all parameters that a reload does not apply. Then c holds the values in
// use, and the next Changed returns the same differences again. Call it after
// Changed, and before another goroutine can see c.
func (c *Config) KeepRestart(running *Config) {
	rows := c.table()
	for i, p := range running.table() {
		if !p.Restart {
			continue
		}
		rows[i].value.restore(p.value.text())
		if at, ok := running.origin.places[p.Name]; ok {
			c.origin.places[p.Name] = at
		} else {
			delete(c.origin.places, p.Name)
		}
	}
}
