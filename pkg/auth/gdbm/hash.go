package gdbm

// hashBits is how many bits a hash value has; noHash, which has more, marks an
// element that is free.
const (
	hashBits = 31
	noHash   = 1<<32 - 1
)

const hashMask = 1<<hashBits - 1

// A char has a sign on some machines (x86) and none on others (ARM), so that
// keys with octets above ASCII have two hash values.
func signed(octet byte) uint32   { return uint32(int32(int8(octet))) }
func unsigned(octet byte) uint32 { return uint32(octet) }

// hashOf is GDBM's hash function.
func hashOf(key []byte, char func(byte) uint32) uint32 {
	value := 0x238F13AF * uint32(len(key))
	for i, octet := range key {
		value = (value + char(octet)<<(i*5%24)) & hashMask
	}
	return (1103515243*value + 12345) & hashMask
}
