package system

import (
	"fmt"
	"strings"
	"testing"
)

// BenchmarkParseShadow measures the cost of one change of /etc/shadow with 50,000 users.
func BenchmarkParseShadow(b *testing.B) {
	var text strings.Builder
	for i := range 50_000 {
		fmt.Fprintf(&text, "user%d:%s:19000:0:99999:7:::\n", i, testHash)
	}
	for b.Loop() {
		parseUserTable(text.String())
	}
}
