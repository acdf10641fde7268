package sasl

import (
	"strings"

	"tpops/pkg/pop3"
)

// decodeName decodes the escapes of a name, which the libraries do not do (RFC 5802
// §5.1).
func decodeName(name string) (string, error) {
	decoded := strings.NewReplacer("=2C", ",", "=3D", "=").Replace(name)
	if strings.Count(name, "=") != strings.Count(name, "=2C")+strings.Count(name, "=3D") {
		return "", pop3.ErrSASL
	}
	return decoded, nil
}
