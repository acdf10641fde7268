package main

import (
	"context"
	"errors"
	"fmt"
	"os"

	"tpops/pkg/auth/mysql"
	"tpops/pkg/config"
	"tpops/pkg/unit"
)

// credentialsVariable names the directory of credentials. If it is set, those of the
// service are not read.
const credentialsVariable = "CREDENTIALS_DIRECTORY"

// server is the configuration of the server. Files that it names may be credentials, and
// are opened after it is read.
type server struct {
	*config.Config
	remove func() error // removes the credentials
}

// release removes the credentials that systemd has passed.
func (c *server) release(s streams) {
	if c == nil {
		return
	}
	if err := c.remove(); err != nil {
		fmt.Fprintf(s.err, "tpopsctl: copies of the credentials could not be removed: %s\n", visible(err.Error(), "\n\t"))
	}
}

// loadServer reads the configuration of the server, with options of the command line that
// override it. An empty name is that of the installed file. The error has its exit code.
// The caller calls release, after the last use of a file that the configuration names.
func loadServer(ctx context.Context, name string, options ...string) (*server, error) {
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
// the service.
func loadWithCredentials(ctx context.Context, source config.Source, file string) (*server, error) {
	if directory := os.Getenv(credentialsVariable); directory != "" {
		return loadFrom(source, directory, func() error { return nil })
	}
	credentials, err := unit.Open(ctx, file)
	if err != nil {
		return nil, err
	}
	return loadFrom(source, credentials.Directory, credentials.Close)
}

// loadFrom reads a configuration with the credentials in a directory. They are removed
// if it is invalid, otherwise by release.
func loadFrom(source config.Source, directory string, remove func() error) (*server, error) {
	source.Getenv = func(string) string { return directory }
	c, err := config.Load(source)
	if err != nil {
		return nil, errors.Join(err, remove())
	}
	return &server{c, remove}, nil
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
