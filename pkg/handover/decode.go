package handover

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
)

// decoder reads what an encoder has written. After data that no encoder has written, failed
// is set, and nothing more is read.
type decoder struct {
	rest   []byte
	failed bool
}

var errState = errors.New("invalid state of a session")

// decode reads data into what a pointer points to. Data that is left over is an error.
func decode(data []byte, to any) error {
	d := &decoder{rest: data}
	if err := d.pointed(reflect.ValueOf(to)); err != nil {
		return err
	}
	if d.failed || len(d.rest) > 0 {
		return errState
	}
	return nil
}

// encode returns what a pointer points to as data for decode.
func encode(from any) ([]byte, error) {
	var e encoder
	err := e.pointed(reflect.ValueOf(from))
	return e.out, err
}

func (d *decoder) pointed(v reflect.Value) error {
	if m, ok := v.Interface().(encoding.BinaryUnmarshaler); ok {
		data := d.octets()
		if d.failed {
			return errState
		}
		return m.UnmarshalBinary(data)
	}
	return d.value(v.Elem())
}

func (d *decoder) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		v.SetBool(d.flag())
	case reflect.Int, reflect.Int64:
		n, size := binary.Varint(d.rest)
		d.number(size)
		v.SetInt(n)
	case reflect.String:
		v.SetString(string(d.octets()))
	case reflect.Pointer:
		if d.flag() {
			v.Set(reflect.New(v.Type().Elem()))
			return d.pointed(v)
		}
	case reflect.Slice:
		return d.slice(v)
	case reflect.Struct:
		return d.fields(v)
	default:
		return fmt.Errorf("%v: %w", v.Type(), errUnsupported)
	}
	return nil
}

// fields reads the exported fields of a struct.
func (d *decoder) fields(v reflect.Value) error {
	for field, value := range v.Fields() {
		if !field.IsExported() {
			continue
		}
		if err := d.pointed(value.Addr()); err != nil {
			return err
		}
	}
	return nil
}

func (d *decoder) slice(v reflect.Value) error {
	if !d.flag() {
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		v.SetBytes(append([]byte{}, d.octets()...))
		return nil
	}
	v.Set(reflect.MakeSlice(v.Type(), 0, 0))
	for n := d.length(); n > 0 && !d.failed; n-- {
		element := reflect.New(v.Type().Elem())
		if err := d.pointed(element); err != nil {
			return err
		}
		v.Set(reflect.Append(v, element.Elem()))
	}
	return nil
}

// length reads a number of octets or elements, each of which has at least one octet.
func (d *decoder) length() int {
	n, size := binary.Uvarint(d.rest)
	d.number(size)
	if n > uint64(len(d.rest)) {
		d.fail()
		return 0
	}
	return int(n)
}

func (d *decoder) octets() []byte {
	n := d.length()
	data := d.rest[:n]
	d.rest = d.rest[n:]
	return data
}

func (d *decoder) flag() bool {
	if len(d.rest) == 0 || d.rest[0] > 1 {
		d.fail()
		return false
	}
	set := d.rest[0] == 1
	d.rest = d.rest[1:]
	return set
}

// number removes a number that was read, with the size that package binary has returned.
func (d *decoder) number(size int) {
	if size <= 0 {
		d.fail()
		return
	}
	d.rest = d.rest[size:]
}

func (d *decoder) fail() { d.rest, d.failed = nil, true }
