package pop3

import (
	"fmt"
	"strings"

	"github.com/pires/go-proxyproto"
)

// The kinds of fields in a header of the PROXY protocol that say something of
// the client's TLS. Any other of its fields, such as the names in a certificate
// of the client, prove nothing here and are ignored.
const (
	TypeTLS        = 0x20 // PP2_TYPE_SSL: flags, four octets about a certificate, and fields
	TypeTLSVersion = 0x21 // PP2_SUBTYPE_SSL_VERSION, in TypeTLS
	FlagTLS        = 0x01 // PP2_CLIENT_SSL: the client speaks TLS to the load balancer

	// LeastTLS is the length of a field of type TypeTLS that has no fields.
	LeastTLS = 5
)

// parseFields returns what the fields of a header say: how many proxies the
// connection passed, 0 if it does not say it as TPOPS does, and whether the
// client speaks TLS.
func parseFields(h *proxyproto.Header) (o origin, err error) {
	fields, err := h.TLVs()
	if err != nil {
		return origin{}, fmt.Errorf("%w: %w", errHeader, err)
	}
	secured := false
	for _, field := range fields {
		switch {
		case field.Type == TypeHops && len(field.Value) == 1 && o.hops == 0:
			o.hops = int(field.Value[0])
		case field.Type == TypeTLS && secured:
			return origin{}, fmt.Errorf("%w: two fields about TLS", errHeader)
		case field.Type == TypeTLS:
			secured = true
			if o.tls, err = parseTLS(field.Value); err != nil {
				return origin{}, err
			}
		}
	}
	return o, nil
}

// parseTLS returns the version of TLS that the client speaks to the load
// balancer, "TLS" if that is not said in a word, "" if it speaks none.
func parseTLS(value []byte) (string, error) {
	if len(value) < LeastTLS {
		return "", fmt.Errorf("%w: field about TLS is truncated", errHeader)
	}
	fields, err := proxyproto.SplitTLVs(value[LeastTLS:])
	if err != nil {
		return "", fmt.Errorf("%w: field about TLS: %w", errHeader, err)
	}
	if value[0]&FlagTLS == 0 {
		return "", nil
	}
	version := ""
	for _, field := range fields {
		if field.Type != TypeTLSVersion {
			continue
		}
		if version != "" {
			return "", fmt.Errorf("%w: two versions of TLS", errHeader)
		}
		version = versionWord(field.Value)
	}
	if version == "" {
		version = "TLS"
	}
	return version, nil
}

// versionWord returns a version as it may stand in a log, TLS if it is none.
func versionWord(value []byte) string {
	const most = 16
	other := strings.ContainsFunc(string(value), func(r rune) bool {
		return r != '.' && (r >= 0x80 || !isAlphanumeric(byte(r)))
	})
	if len(value) == 0 || len(value) > most || other {
		return "TLS"
	}
	return string(value)
}
