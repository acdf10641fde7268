package pop3

import (
	"errors"
	"strings"
	"testing"
)

// FuzzTLSField reads the field about the client's TLS, which a load balancer
// fills in part with what the client has sent. What the log gets of it is one
// short word, and only the flag says that the client speaks TLS.
func FuzzTLSField(f *testing.F) {
	for _, value := range []string{
		"", "\x01", "\x01\x00\x00\x00\x00", "\x00\x00\x00\x00\x00\x21\x00\x07TLSv1.3",
		"\x01\x00\x00\x00\x00\x21\x00\x07TLSv1.3", "\x07\x00\x00\x00\x00\x21\x00\x00",
		"\x01\x00\x00\x00\x00\x21\x00\x05a\r\nb=", "\x01\x00\x00\x00\x00\x21\x00\x11TLSv1.3TLSv1.3xxx",
		"\x01\x00\x00\x00\x00\x22\x00\x03ann\x21\x00\x07TLSv1.2", "\x01\x00\x00\x00\x00\x21\x00\xff",
		"\x01\x00\x00\x00\x00\x21\x00\x01a\x21\x00\x01b", "\x01\x00\x00\x00\x00\x04\x00\x02\x00\x00",
	} {
		f.Add([]byte(value))
	}
	f.Fuzz(func(t *testing.T, value []byte) {
		version, err := parseTLS(value)
		if err != nil {
			if !errors.Is(err, errHeader) || version != "" {
				t.Fatalf("%q, %v", version, err)
			}
			return
		}
		if speaks := value[0]&FlagTLS != 0; speaks != (version != "") {
			t.Errorf("flags %#x: %q", value[0], version)
		}
		const letters = ".0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
		if len(version) > 16 || strings.Trim(version, letters) != "" {
			t.Errorf("the log gets %q", version)
		}
	})
}
