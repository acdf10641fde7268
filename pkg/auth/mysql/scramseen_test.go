package mysql

import (
	"fmt"
	"testing"

	"tpops/pkg/auth"
	"tpops/pkg/password"
	"tpops/pkg/scram"
)

// Unknown users have keys like most users, whoever logged in last, and the same
// salt after a restart.
func TestUnknownLikeMost(t *testing.T) {
	seen := newSCRAMSeen(scram.SHA256, scramShape{iterations: scram.MinIterations, salt: 16}.stored(scram.SHA256))
	keys := func(iterations int) password.Stored {
		return scramShape{iterations: iterations, salt: 12}.stored(scram.SHA256)
	}
	v := password.NewVerifier()
	secret := []byte("0123456789abcdef0123456789abcdef")
	v.TakeSalts(secret)
	unknown := func(v *password.Verifier) *scram.Keys {
		user := auth.KeyUser{
			RowUser: auth.RowUser{Kind: kind, Verifier: v}, Login: "nobody",
			Decoy: func(scram.Hash) password.Stored { return seen.decoy() },
		}
		k, _, err := user.SCRAMKeys(t.Context(), scram.SHA256)
		if err != nil {
			t.Fatal(err)
		}
		return k
	}
	if k := unknown(v); k.Iterations != scram.MinIterations || len(k.Salt) != 16 {
		t.Errorf("before a user was seen: %d, %d", k.Iterations, len(k.Salt))
	}
	for i := range 10 {
		seen.saw(scram.SHA256, fmt.Sprint("user", i), keys(10_000))
	}
	first := unknown(v)
	for range 100 {
		seen.saw(scram.SHA256, "odd", keys(5000))
	}
	again := password.NewVerifier()
	again.TakeSalts(secret)
	after := unknown(again)
	if first.Iterations != 10_000 || after.Iterations != 10_000 || len(first.Salt) != 12 || string(first.Salt) != string(after.Salt) {
		t.Errorf("%d, %d, %x, %x", first.Iterations, after.Iterations, first.Salt, after.Salt)
	}
	for i := range 3 * seenUsers {
		seen.saw(scram.SHA256, fmt.Sprint("later", i), keys(20_000))
	}
	if len(seen.users) != seenUsers {
		t.Errorf("%d users are remembered", len(seen.users))
	}
}
