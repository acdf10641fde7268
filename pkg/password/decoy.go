package password

// Decoy returns what a password is compared with where no user's password is
// known yet. It is the hash of a random password that was thrown away.
func Decoy() Stored {
	return Stored{
		Scheme: "CRYPT",
		Data:   "$6$bo/ssIfkwOIwId3i$.yLH6eFNVT2MYvo79ggeP69.eCQfq/seIZ5ZKD7AvzsDkln9URnB1cnFapBmxqlf3p0r27vH36rIwnG1LX/c4.",
	}
}

// NoKeys returns what Verifier.SCRAMKeys makes keys of where no user has any.
// They cost as much as those of a password in the clear.
func NoKeys() Stored { return Stored{Scheme: "PLAIN", Data: "x"} }
