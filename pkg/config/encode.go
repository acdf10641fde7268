package config

import (
	"bytes"
	"encoding/json"
	"fmt"
)

// maxEncoded limits what Decode reads, in octets. The command line and the file
// have limits of their own, and base64 adds a third.
const maxEncoded = 8 << 20

// encoded is a Config that is sent to another process of this program. Texts may
// contain any octets, which JSON keeps only in base64.
type encoded struct {
	FileRead bool
	Params   []encodedParam
	Warnings []encodedWarning
}

// encodedParam is a value, and where it was written.
type encodedParam struct {
	Name string
	Text []byte
	At   *encodedPlace `json:",omitempty"` // nil for a default
}

// encodedWarning is one of Config.Warnings.
type encodedWarning struct {
	At   encodedPlace
	Text []byte
}

// encodedPlace is a place.
type encodedPlace struct {
	File      []byte
	Line, Col int
	Option    []byte
}

// Encode returns c as data for Decode. The data contains all secrets: send it only
// to a process that may read them. Encode never fails.
func (c *Config) Encode() []byte {
	e := encoded{FileRead: c.origin.fileRead}
	for _, p := range c.table() {
		param := encodedParam{Name: p.Name, Text: []byte(p.value.text())}
		if at, ok := c.origin.places[p.Name]; ok {
			param.At = &encodedPlace{[]byte(at.file), at.line, at.col, []byte(at.option)}
		}
		e.Params = append(e.Params, param)
	}
	for _, w := range c.origin.warnings {
		e.Warnings = append(e.Warnings, encodedWarning{encodedPlace{[]byte(w.File), w.Line, w.Col, []byte(w.Option)}, []byte(w.Text)})
	}
	data, _ := json.Marshal(e) // Nothing in it can fail.
	return data
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
	var e encoded
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(&e); err != nil || d.More() {
		return nil, fmt.Errorf("not a configuration (%d octets)", len(data)) // err may contain a value.
	}
	c := &Config{origin: origin{fileRead: e.FileRead, places: map[string]place{}}}
	rows := c.table()
	if len(e.Params) != len(rows) {
		return nil, fmt.Errorf("the configuration has %d parameters instead of %d", len(e.Params), len(rows))
	}
	for i := range rows {
		if err := c.take(&rows[i], &e.Params[i]); err != nil {
			return nil, err
		}
	}
	for _, w := range e.Warnings {
		c.origin.warnings = append(c.origin.warnings, w.At.place().problem("", string(w.Text)))
	}
	return c, nil
}

// take stores the value of a row.
func (c *Config) take(p *Param, from *encodedParam) error {
	if from.Name != p.Name {
		return fmt.Errorf("the configuration has the parameter %q instead of %s", from.Name, p.Name)
	}
	if len(from.Text) == 0 {
		p.value.clear()
	} else if p.value.set(string(from.Text)) != nil {
		return fmt.Errorf("%s: invalid value", p.Name)
	}
	if from.At != nil {
		c.origin.places[p.Name] = from.At.place()
	}
	return nil
}

func (p encodedPlace) place() place {
	return place{file: string(p.File), line: p.Line, col: p.Col, option: string(p.Option)}
}
