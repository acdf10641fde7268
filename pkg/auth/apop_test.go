package auth

import "testing"

func TestDigestMatches(t *testing.T) {
	// The example of RFC 1939 §7.
	const challenge = "<1896.697170952@dbc.mtview.ca.us>"
	tests := []struct {
		name, digest string
		want         bool
	}{
		{"the RFC's", "c4c9334bac560ecc979e58001b3e22fb", true},
		{"upper case", "C4C9334BAC560ECC979E58001B3E22FB", true},
		{"wrong", "c4c9334bac560ecc979e58001b3e22fc", false},
		{"short", "c4c9334bac560ecc979e58001b3e22f", false},
		{"shorter", "c4c9334bac560ecc979e58001b3e22", false},
		{"long", "c4c9334bac560ecc979e58001b3e22fb00", false},
		{"right, then not hexadecimal", "c4c9334bac560ecc979e58001b3e22fbx", false},
		{"empty", "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			if got := digestMatches(challenge, "tanstaaf", test.digest); got != test.want {
				t.Errorf("%v, want %v", got, test.want)
			}
		})
	}
}
