package sasl

import (
	"slices"

	"tpops/pkg/pop3"
	"tpops/pkg/scram"
)

// Names returns the names of all mechanisms, in the order in which they are
// announced: what most clients know comes first, since some of them read no
// more of a line than its first 64 octets.
func Names() []string {
	names := []string{}
	for _, m := range Mechanisms(Users{}) {
		names = append(names, m.Name)
	}
	return names
}

// Mechanisms returns the mechanisms, those that users has nothing for too; they
// are not Usable.
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

// Named returns those of the mechanisms that have one of the names.
func Named(mechanisms []pop3.Mechanism, names []string) []pop3.Mechanism {
	return slices.DeleteFunc(mechanisms, func(m pop3.Mechanism) bool { return !slices.Contains(names, m.Name) })
}

func when(can bool) func(*pop3.Channel) bool {
	return func(*pop3.Channel) bool { return can }
}
