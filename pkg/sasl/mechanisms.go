package sasl

import (
	"slices"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Names returns the names of all mechanisms, in the order in which they are announced.
// The most common come first, because some clients read only the first 64 octets of a
// line.
func Names() []string {
	names := []string{}
	for _, m := range Mechanisms(Users{}) {
		names = append(names, m.Name)
	}
	return names
}

// Mechanisms returns all mechanisms. Those without a field in users are not Usable.
func Mechanisms(users Users) []pop3.Mechanism {
	return []pop3.Mechanism{
		{Name: "PLAIN", Clear: true, Usable: when(users.Passwords != nil), New: users.newPlain},
		{Name: "LOGIN", Clear: true, Usable: when(users.Passwords != nil), New: users.newLogin},
		{Name: "CRAM-MD5", Usable: users.canCRAM, New: users.newCRAM},
		{Name: "EXTERNAL", Usable: users.canExternal, New: users.newExternal},
		{Name: "XOAUTH2", Clear: true, Usable: when(users.canToken()), New: users.newXOAuth2},
		{Name: "OAUTHBEARER", Clear: true, Usable: when(users.canToken()), New: users.newOAuthBearer},
		users.scram(scram.SHA256, false),
		users.scram(scram.SHA1, false),
		users.scram(scram.SHA256, true),
		users.scram(scram.SHA1, true),
	}
}

// Named returns the mechanisms with one of the names.
func Named(mechanisms []pop3.Mechanism, names []string) []pop3.Mechanism {
	return slices.DeleteFunc(mechanisms, func(m pop3.Mechanism) bool { return !slices.Contains(names, m.Name) })
}

func when(can bool) func(*pop3.Channel) bool {
	return func(*pop3.Channel) bool { return can }
}
