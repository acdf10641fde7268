package main

import (
	"context"
	"fmt"
	"os"
	"slices"

	"tpops/pkg/config"
	"tpops/pkg/unit"
)

// credentialsVariable names the directory of credentials. If it is set, those of the
// service are not read.
const credentialsVariable = "CREDENTIALS_DIRECTORY"

// loadWithCredentials reads a configuration with the credentials that systemd passes to
// the service. They are removed as soon as they have been read.
func loadWithCredentials(ctx context.Context, source config.Source, file string) (*config.Config, error) {
	if os.Getenv(credentialsVariable) != "" {
		source.Getenv = os.Getenv
		return config.Load(source)
	}
	credentials, err := unit.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	source.Getenv = func(string) string { return credentials.Directory }
	c, err := config.Load(source)
	if closeErr := credentials.Close(); err == nil {
		err = closeErr
	}
	return c, err
}

// explainPassword adds to the error of a user database why there is no password for it.
func explainPassword(ctx context.Context, c *config.Config, err error) error {
	if !slices.Contains(c.Users.AuthType, "mysql") || c.MySQL.Passwd != "" || os.Getenv(credentialsVariable) != "" {
		return err
	}
	credentials, openErr := unit.Open(ctx, c.Run.ConfigFile)
	if openErr != nil {
		return err
	}
	defer credentials.Close()
	if credentials.Missing == "" {
		return err
	}
	return fmt.Errorf("%w\nmysql-passwd is not set, and there is no credential: %s", err, credentials.Missing)
}
