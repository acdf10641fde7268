package config

// Changed returns the rows of the parameters whose values differ between two
// configurations. Restart tells those that a reload does not apply. The
// sources of a secret do not count, only the secret.
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
