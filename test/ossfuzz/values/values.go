// Package values converts the arguments of a fuzz target of Go to the octets of an input of
// libFuzzer, and back.
package values

import (
	"encoding/binary"
	"fmt"
	"math"
	"reflect"
)

// maxLength is the longest string that is not the last argument, in octets.
const maxLength = math.MaxUint16

// Decode returns arguments of these types from any octets. A string or a slice that is the
// last argument gets the rest of the input; before one there are two octets with its
// length. Numbers have eight octets, the least significant first, and a byte or bool has
// one. What is missing is zero.
func Decode(input []byte, types []reflect.Type) []any {
	var values []any
	for i, t := range types {
		v := reflect.New(t).Elem()
		switch t.Kind() {
		case reflect.String, reflect.Slice:
			n := len(input)
			if i < len(types)-1 {
				n = int(number(&input, 2))
			}
			v.Set(reflect.ValueOf(take(&input, n)).Convert(t))
		default:
			set(v, number(&input, width(t)))
		}
		values = append(values, v.Interface())
	}
	return values
}

// Encode returns an input that Decode converts to these arguments. The error names an
// argument that is too long or has a type that Go does not fuzz.
func Encode(values []any) ([]byte, error) {
	var input []byte
	for i, value := range values {
		v := reflect.ValueOf(value)
		switch isLast := i == len(values)-1; v.Kind() {
		case reflect.String, reflect.Slice:
			text := v.Convert(reflect.TypeFor[[]byte]()).Bytes()
			if !isLast && len(text) > maxLength {
				return nil, fmt.Errorf("argument %d has %d octets, more than %d", i, len(text), maxLength)
			}
			if !isLast {
				input = binary.LittleEndian.AppendUint16(input, uint16(len(text)))
			}
			input = append(input, text...)
		default:
			bits, err := get(v)
			if err != nil {
				return nil, err
			}
			input = append(input, binary.LittleEndian.AppendUint64(nil, bits)[:width(v.Type())]...)
		}
	}
	return input, nil
}

// width returns how many octets of an input a number has.
func width(t reflect.Type) int {
	if t.Kind() == reflect.Bool || t.Kind() == reflect.Uint8 {
		return 1
	}
	return 8
}

// take removes the first n octets of the input, or all.
func take(input *[]byte, n int) []byte {
	n = min(n, len(*input))
	taken := append([]byte{}, (*input)[:n]...)
	*input = (*input)[n:]
	return taken
}

// number removes a number of n octets.
func number(input *[]byte, n int) uint64 {
	var all [8]byte
	copy(all[:], take(input, n))
	return binary.LittleEndian.Uint64(all[:])
}

// set sets a number from its bits. A smaller type gets the low ones.
func set(v reflect.Value, bits uint64) {
	switch {
	case v.Kind() == reflect.Bool:
		v.SetBool(bits&1 == 1)
	case v.CanInt():
		v.SetInt(int64(bits))
	case v.CanUint():
		v.SetUint(bits)
	case v.CanFloat():
		v.SetFloat(math.Float64frombits(bits))
	}
}

// get returns the bits of a number.
func get(v reflect.Value) (uint64, error) {
	switch {
	case v.Kind() == reflect.Bool:
		if v.Bool() {
			return 1, nil
		}
		return 0, nil
	case v.CanInt():
		return uint64(v.Int()), nil
	case v.CanUint():
		return v.Uint(), nil
	case v.CanFloat():
		return math.Float64bits(v.Float()), nil
	}
	return 0, fmt.Errorf("an argument of type %s", v.Kind())
}
