package main

import (
	"context"
	"fmt"
	"os"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config"
	"tpops/pkg/unit"
)

// credentialsVariable names the directory of credentials. If it is set, those of the
// service are not read.
const credentialsVariable = "CREDENTIALS_DIRECTORY"

// loadServer reads the configuration of the server, with options of the command line that
// override it. An empty name is that of the installed file. The error has its exit code.
func loadServer(ctx context.Context, name string, options ...string) (*config.Config, error) {
	if name == "" {
		name = unit.InstalledConfig
	}
	host, _ := os.Hostname()
	source := config.Source{Args: append([]string{"--config=" + name}, options...), Hostname: host, MustExist: true}
	c, err := loadWithCredentials(ctx, source, name)
	if err != nil {
		return nil, &failure{code: exitData, err: err}
	}
	return c, nil
}

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

// explainPassword adds to the error of a MySQL server that does not accept the password
// why there is none.
func explainPassword(ctx context.Context, c *config.Config, err error) error {
	if !mysql.Denied(err) || c.MySQL.Passwd != "" || os.Getenv(credentialsVariable) != "" {
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
