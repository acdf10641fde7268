package config

import "fmt"

// maxEncoded limits what Decode reads, in octets. The command line and the file
// have limits of their own.
const maxEncoded = 8 << 20

// Encode returns c as data for Decode. The data contains all secrets: send it only
// to a process that may read them. Encode never fails.
func (c *Config) Encode() []byte {
	var w wireWriter
	rows := c.table()
	w.flag(c.origin.fileRead)
	w.number(len(rows))
	for _, p := range rows {
		w.text(p.Name)
		w.text(p.value.text())
		at, ok := c.origin.places[p.Name]
		w.flag(ok)
		if ok { // It is no default.
			w.place(at)
		}
	}
	w.number(len(c.origin.warnings))
	for _, p := range c.origin.warnings {
		w.place(place{file: p.File, line: p.Line, col: p.Col, option: p.Option})
		w.text(p.Text)
	}
	return w
}

// Decode returns what Encode was called on. Data that Encode of this version
// of the program cannot have made is an error: a parameter that is missing,
// unknown or there twice, or a value that it cannot have. The error shows no
// value, which may be a secret. Whether parameters contradict each other is
// not checked again.
func Decode(data []byte) (*Config, error) {
	if len(data) > maxEncoded {
		return nil, fmt.Errorf("the configuration is longer than %d octets", maxEncoded)
	}
	r := &wireReader{rest: string(data)}
	c := &Config{origin: origin{fileRead: r.flag(), places: map[string]place{}}}
	rows := c.table()
	if n := r.number(); n != len(rows) && !r.failed {
		return nil, fmt.Errorf("the configuration has %d parameters instead of %d", n, len(rows))
	}
	for i := 0; i < len(rows) && !r.failed; i++ {
		if err := c.take(&rows[i], r); err != nil {
			return nil, err
		}
	}
	c.origin.warnings = r.warnings()
	if r.failed || r.rest != "" {
		return nil, fmt.Errorf("not a configuration (%d octets)", len(data))
	}
	return c, nil
}

// take reads the value of a row.
func (c *Config) take(p *Param, r *wireReader) error {
	name, text := r.text(), r.text()
	if r.flag() {
		c.origin.places[p.Name] = r.place()
	}
	switch {
	case r.failed:
	case name != p.Name:
		return fmt.Errorf("the configuration has the parameter %q instead of %s", name, p.Name)
	case text == "":
		p.value.clear()
	case p.value.set(text) != nil:
		return fmt.Errorf("%s: invalid value", p.Name)
	}
	return nil
}
