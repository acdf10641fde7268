package main

import (
	"fmt"
	"io"
	"os"
	"strings"

	"tpops/pkg/scram"
)

// schemes are the values of --hash.
var schemes = map[string]scram.Hash{"SCRAM-SHA-1": scram.SHA1, "SCRAM-SHA-256": scram.SHA256}

// hash reads a password and prints its keys for a user database.
func hash(scheme string, iterations int) command {
	return func(stdin *os.File, stdout io.Writer) error {
		h, ok := schemes[strings.ToUpper(scheme)]
		if !ok {
			return &failure{exitUsage, fmt.Errorf("--hash %q: must be SCRAM-SHA-256 or SCRAM-SHA-1", scheme)}
		}
		password, err := readPassword(stdin)
		if err != nil {
			return &failure{exitNoInput, fmt.Errorf("read the password: %w", err)}
		}
		if len(password) > maxPassword {
			return &failure{exitData, fmt.Errorf("the password is longer than %d octets", maxPassword)}
		}
		keys, err := scram.Make(h, password, iterations)
		if err != nil {
			return &failure{exitData, fmt.Errorf("make keys for the password: %w", err)}
		}
		_, err = fmt.Fprintf(stdout, "{SCRAM-%s}%s\n", h, keys.Text())
		return err
	}
}

// maxPassword is the longest password that the server accepts, in octets.
const maxPassword = 1024
