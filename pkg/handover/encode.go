package handover

import (
	"encoding"
	"encoding/binary"
	"errors"
	"fmt"
	"reflect"
)

// encoder writes what a pointer points to: booleans, integers, texts, slices, pointers and
// structs with exported fields, and all that has MarshalBinary. Texts keep all octets.
//
// Package gob can do the same, but prepares itself in every process, also in a child that
// hands nothing over.
type encoder struct{ out []byte }

var errUnsupported = errors.New("type that cannot be sent")

func (e *encoder) pointed(v reflect.Value) error {
	if m, ok := v.Interface().(encoding.BinaryMarshaler); ok {
		data, err := m.MarshalBinary()
		e.octets(data)
		return err
	}
	return e.value(v.Elem())
}

func (e *encoder) value(v reflect.Value) error {
	switch v.Kind() {
	case reflect.Bool:
		e.flag(v.Bool())
	case reflect.Int, reflect.Int64:
		e.out = binary.AppendVarint(e.out, v.Int())
	case reflect.String:
		e.octets([]byte(v.String()))
	case reflect.Pointer:
		e.flag(!v.IsNil())
		if !v.IsNil() {
			return e.pointed(v)
		}
	case reflect.Slice:
		return e.slice(v)
	case reflect.Struct:
		return e.fields(v)
	default:
		return fmt.Errorf("%v: %w", v.Type(), errUnsupported)
	}
	return nil
}

// fields writes the exported fields of a struct.
func (e *encoder) fields(v reflect.Value) error {
	for field, value := range v.Fields() {
		if !field.IsExported() {
			continue
		}
		if err := e.pointed(value.Addr()); err != nil {
			return err
		}
	}
	return nil
}

// slice writes nil and empty slices differently.
func (e *encoder) slice(v reflect.Value) error {
	e.flag(!v.IsNil())
	if v.IsNil() {
		return nil
	}
	if v.Type().Elem().Kind() == reflect.Uint8 {
		e.octets(v.Bytes())
		return nil
	}
	e.out = binary.AppendUvarint(e.out, uint64(v.Len()))
	for i := range v.Len() {
		if err := e.pointed(v.Index(i).Addr()); err != nil {
			return err
		}
	}
	return nil
}

func (e *encoder) octets(b []byte) { e.out = append(binary.AppendUvarint(e.out, uint64(len(b))), b...) }

func (e *encoder) flag(f bool) {
	if f {
		e.out = append(e.out, 1)
		return
	}
	e.out = append(e.out, 0)
}
