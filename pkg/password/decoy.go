package password

// Decoy returns the stored password to compare with when no user's password is known
// yet. It is the hash of a random password that was discarded.
func Decoy() Stored {
	return Stored{
		Scheme: "CRYPT",
		Data:   "$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4.",
	}
}

// NoKeys returns the stored password from which Verifier.SCRAMKeys derives keys when no
// user has any. They cost as much as keys for a password in the clear.
func NoKeys() Stored { return Stored{Scheme: "PLAIN", Data: "x"} }
